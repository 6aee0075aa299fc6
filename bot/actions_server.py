"""Run the action server on 127.0.0.1:ACTION_PORT: python -m bot.actions_server."""

import logging
import sys

from rasa_sdk.endpoint import create_app

from bot import settings


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)
    app = create_app("actions", cors_origins=[])
    app.run(host="127.0.0.1", port=settings.action_port(), workers=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
