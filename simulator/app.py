"""The Flask application: the phone side, the platform side, the controls and the pages on one port."""

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from simulator import controls, pages, phone_routes
from simulator.api import gate, interfaces
from simulator.platform import Platform
from simulator.server import MOST_BYTES


def create_app(here: Platform) -> Flask:
    """Put the routes over one platform."""
    interfaces.register()
    app = Flask(__name__)
    app.extensions["nongwen_simulator"] = here
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # people read this with curl
    app.config["MAX_CONTENT_LENGTH"] = (
        MOST_BYTES - 1024 * 1024
    )  # below the server's own limit: a sentence, not a bare 413
    app.config["MAX_FORM_MEMORY_SIZE"] = 1024 * 1024
    for blueprint in (phone_routes.blueprint, gate.blueprint, controls.blueprint, pages.blueprint):
        app.register_blueprint(blueprint)

    @app.errorhandler(HTTPException)
    def refused(problem: HTTPException) -> tuple[Response, int]:
        return jsonify(error=problem.description or problem.name), problem.code or 500

    @app.get("/healthy")
    def healthy() -> Response:
        """Whether all parts work; there is only one."""
        return jsonify(ready=True, parts={"simulator": "ok"})

    return app
