"""Settings: what is wrong is said in one sentence, before anything starts."""

import pytest
from pydantic import ValidationError

from core.settings import Settings, SettingsError

COMPLETE = {
    "DATABASE_URL": "postgresql://nongwen@/nongwen",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "RASA_URL": "http://127.0.0.1:5005",
    "SECRET_KEY": "a secret of more than thirty-two characters",
    "WECHAT_TOKEN": "token",
    "WECHAT_AES_KEY": "k" * 43,
    "WECHAT_APPID": "wx0123456789abcdef",
    "WECHAT_SECRET": "a secret of the account",
}


def refusal(**changed: str) -> str:
    """The sentence for the complete settings with these changed."""
    with pytest.raises(SettingsError) as refused:
        Settings.from_mapping({**COMPLETE, **changed})
    return str(refused.value)


@pytest.mark.parametrize("name", COMPLETE)
def test_a_missing_setting_is_named_even_if_this_process_has_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, COMPLETE[name])
    with pytest.raises(SettingsError, match=f"^The setting {name} is missing; see .env.example.$"):
        Settings.from_mapping({key: value for key, value in COMPLETE.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", ""),
        ("WECHAT_TOKEN", ""),
        ("WECHAT_TOKEN", "   "),
        ("WECHAT_APPID", ""),
        ("WECHAT_SECRET", ""),
        ("WECHAT_AES_KEY", ""),
        ("WECHAT_AES_KEY", "k" * 42),
        ("WECHAT_AES_KEY", "k" * 42 + "="),
        ("WECHAT_AES_KEY", "农" * 43),
        ("WECHAT_PREVIOUS_AES_KEY", "short"),
        ("WECHAT_MODES", "safest"),
        ("WECHAT_MODES", "safe,raw"),
        ("WECHAT_MODES", " , "),
        ("SECRET_KEY", "too short"),
        ("WEBHOOK_PORT", "eighty"),
        ("CONSOLE_PORT", "65536"),
        ("TRUSTED_PROXIES", "-1"),
        ("BOT_PATIENCE_SECONDS", "0"),
        ("LOG_JSON", "perhaps"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused_in_one_sentence(name: str, value: str) -> None:
    sentence = refusal(**{name: value})
    assert sentence.startswith(f"The setting {name} is wrong: ")
    assert sentence.count("\n") == 0
    assert sentence.endswith(".")


def test_a_refusal_does_not_repeat_a_secret() -> None:
    assert "abcdef" not in refusal(WECHAT_AES_KEY="abcdef")
    assert "abcdef" not in refusal(SECRET_KEY="abcdef")


def test_only_the_safe_mode_is_accepted_unless_others_are_named() -> None:
    assert Settings.from_mapping(COMPLETE).wechat_modes == ("safe",)
    named = Settings.from_mapping({**COMPLETE, "WECHAT_MODES": "safe, plain"})
    assert named.wechat_modes == ("safe", "plain")


def test_numbers_and_switches_are_read_from_text() -> None:
    settings = Settings.from_mapping({**COMPLETE, "WEBHOOK_PORT": "8080", "COOKIES_NEED_HTTPS": "false"})
    assert (settings.webhook_port, settings.cookies_need_https) == (8080, False)


def test_settings_come_from_the_environment_and_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_environment()
    assert settings.wechat_token == "token"
    with pytest.raises(ValidationError, match="frozen"):
        settings.wechat_token = "another"  # type: ignore[misc]


def test_other_things_in_the_environment_are_none_of_our_business() -> None:
    assert Settings.from_mapping({**COMPLETE, "HOME": "/root", "NOT_OURS": "x"}).wechat_token == "token"
