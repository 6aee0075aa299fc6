"""Run the bot's Rasa server on 127.0.0.1:BOT_PORT with the model that fits the files: python -m bot.run."""

import logging
import os
import sys
import warnings
from typing import Any, Dict

from bot import settings


def main() -> int:
    path = settings.model_path()
    if not path.exists():
        print(f"There is no model {path.name} for the present files: run `python -m bot.train` first.", file=sys.stderr)
        return 1
    prepare_environment()
    serve(str(path))
    return 0


def prepare_environment() -> None:
    """What Rasa reads from the environment while it serves. One worker: a farmer's turns are taken one by one."""
    os.environ.update(settings.redis_parts())
    os.environ["ACTION_URL"] = settings.action_url()
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["SANIC_WORKERS"] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    warnings.filterwarnings("ignore")  # Rasa's own, on its old dependencies


def serve(model: str) -> None:
    import rasa.utils.log_utils
    from rasa.core.run import serve_application
    from rasa.core.utils import AvailableEndpoints

    check_answers_once_prepared()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)
    logging.getLogger("bot").setLevel(logging.INFO)  # numpy raises the root's level to WARNING when a model is loaded
    rasa.utils.log_utils.configure_structlog(logging.INFO)
    here = settings.ROOT / "bot"
    serve_application(
        model_path=model,
        interface="127.0.0.1",
        port=settings.bot_port(),
        credentials=str(here / "credentials.yml"),
        endpoints=AvailableEndpoints.read_endpoints(str(here / "endpoints.yml")),
        enable_api=False,
    )


def check_answers_once_prepared() -> None:
    """Check the action server's answers with a validator that is built once.

    Rasa validates the schema itself anew with every answer, which took four fifths of a turn (45 of 60 ms an answer).
    """
    from jsonschema.validators import validator_for
    from rasa.core.actions.action import RemoteAction

    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def validate(self: RemoteAction, result: Dict[str, Any]) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate


if __name__ == "__main__":
    sys.exit(main())
