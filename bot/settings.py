"""Where the bot finds its files, its Redis and its action server, read from the environment."""

import hashlib
import os
from pathlib import Path
from typing import Dict, List
from urllib.parse import unquote, urlparse

ROOT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """The folder for everything that is made, not written (NONGWEN_HOME, default .nongwen)."""
    return Path(os.environ.get("NONGWEN_HOME") or ROOT / ".nongwen").resolve()


def models() -> Path:
    """The folder of trained models (NONGWEN_MODELS, default `models` in the home)."""
    return Path(os.environ.get("NONGWEN_MODELS") or home() / "models").resolve()


def build() -> Path:
    return home() / "build" / "bot"


def bot_port() -> int:
    return int(os.environ.get("BOT_PORT", "5005"))


def action_port() -> int:
    return int(os.environ.get("ACTION_PORT", "5055"))


def action_url() -> str:
    return os.environ.get("ACTION_URL") or f"http://127.0.0.1:{action_port()}/webhook"


def redis_url() -> str:
    return os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/0"


def redis_parts() -> Dict[str, str]:
    """REDIS_URL in the pieces that Rasa's endpoints.yml wants."""
    url = urlparse(redis_url())
    return {
        "REDIS_HOST": url.hostname or "127.0.0.1",
        "REDIS_PORT": str(url.port or 6379),
        "REDIS_DB": url.path.strip("/") or "0",
        "REDIS_USERNAME": unquote(url.username or ""),
        "REDIS_PASSWORD": unquote(url.password or ""),
    }


# Words of dialects and what they mean: messages and training sentences are read with it.
DIALECT = ROOT / "knowledge" / "dialect.tsv"

# What a model is made with; the channel and the actions are not among it.
MODULES = ("articles", "detector", "finder", "intents", "names", "plaintext", "tokenizer", "topics", "train")


def model_ingredients() -> List[Path]:
    """Every file a model depends on, in a fixed order; the channel and the actions are not in it."""
    files = [ROOT / "config.yml", ROOT / "domain.yml", ROOT / "bot" / "requirements.txt", DIALECT]
    files += [ROOT / "bot" / f"{module}.py" for module in MODULES]
    files += [*ROOT.glob("nlu_data/**/*.yml"), *ROOT.glob("nlu_data/**/*.tsv")]
    files += ROOT.glob("knowledge/articles/**/*.yaml")
    return sorted(path for path in files if path.exists())


def model_name() -> str:
    """The model's name says what it was made of, so a model is never used with other data."""
    digest = hashlib.sha256()
    for path in model_ingredients():
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"nongwen-{digest.hexdigest()[:16]}"


def model_path() -> Path:
    return models() / f"{model_name()}.tar.gz"
