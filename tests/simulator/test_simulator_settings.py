"""What the environment must say before the simulator starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from simulator_kit import ENVIRONMENT

from simulator.settings import BadSettings, Mode, Profile, Settings


def test_the_credentials_are_enough_and_the_rest_has_the_documented_defaults() -> None:
    settings = Settings.from_environment(ENVIRONMENT)
    assert (settings.host, settings.port) == ("127.0.0.1", 8002)
    assert settings.webhook_url == "http://127.0.0.1:8000/wechat"
    assert settings.public_url == "http://127.0.0.1:8002"
    assert (settings.mode, settings.profile) == (Mode.SAFE, Profile.VERIFIED_SERVICE)


@pytest.mark.parametrize("name", list(ENVIRONMENT))
def test_a_missing_credential_is_named(name: str) -> None:
    with pytest.raises(BadSettings, match=name):
        Settings.from_environment({k: v for k, v in ENVIRONMENT.items() if k != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIMULATOR_PORT", "no"),
        ("SIMULATOR_PORT", "0"),
        ("SIMULATOR_PORT", "65536"),
        ("SIMULATOR_PORT", "8o02"),
        ("WEBHOOK_URL", "127.0.0.1:8000"),
        ("WEBHOOK_URL", "ftp://127.0.0.1/"),
        ("WECHAT_TOKEN", "a b"),
        ("WECHAT_TOKEN", "x" * 33),
        ("WECHAT_AES_KEY", "x" * 42),
        ("WECHAT_AES_KEY", "x" * 42 + "="),
        ("WECHAT_APPID", "0123456789"),
        ("WECHAT_SECRET", "has space"),
        ("WECHAT_ACCOUNT", "nongwen"),
        ("WECHAT_MODE", "secure"),
        ("WECHAT_PROFILE", "premium"),
    ],
)
def test_a_malformed_setting_is_named_in_one_sentence(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=name) as raised:
        Settings.from_environment(ENVIRONMENT | {name: value})
    sentence = str(raised.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_the_program_says_one_sentence_and_exits_with_2() -> None:
    root = Path(__file__).parents[2]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("WECHAT_", "SIMULATOR_"))}
    run = subprocess.run(
        [sys.executable, "-m", "simulator"], cwd=root, env=clean, capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert run.stderr == "WECHAT_TOKEN is not set; the simulator needs the account's credentials.\n"
    assert run.stdout == ""
