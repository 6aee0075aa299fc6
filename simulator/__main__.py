"""Starts the simulator: python -m simulator."""

import os
import signal
import sys
from types import FrameType

from simulator.app import create_app
from simulator.platform import Platform
from simulator.server import Server
from simulator.settings import BadSettings, Settings


def main() -> int:
    """Serve until SIGINT or SIGTERM; 2 when a setting is missing or malformed."""
    try:
        settings = Settings.from_environment(os.environ)
        here = Platform.build(settings)
        server = Server(create_app(here), settings.host, settings.port)
    except BadSettings as problem:
        print(problem, file=sys.stderr)
        return 2
    except OSError as problem:
        print(
            f"The simulator cannot listen on {settings.host}:{settings.port}: {problem.strerror}.",
            file=sys.stderr,
        )
        return 2

    def stop(number: int, frame: FrameType | None) -> None:
        here.phones.close()
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"simulator ready on {settings.public_url}/", flush=True)
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
