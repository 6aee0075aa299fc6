"""Settings: read once from the environment, typed and frozen. `.env.example` lists every one of them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

CryptoMode = Literal["safe", "compatible", "plain"]
SmtpSecurity = Literal["starttls", "tls", "none"]


class SettingsError(Exception):
    """A setting is missing or cannot be right; the text is one sentence for the operator."""


def _aes_key(key: str) -> str:
    if len(key) != 43 or not key.isalnum() or not key.isascii():
        raise ValueError("must be the 43 letters and digits that the WeChat console shows as EncodingAESKey")
    return key


def _optional_aes_key(key: str) -> str:
    return _aes_key(key) if key else key


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _modes(value: object) -> object:
    if not isinstance(value, str):
        return value
    modes = tuple(mode.strip() for mode in value.split(",") if mode.strip())
    if not modes:
        raise ValueError("must name at least one of safe, compatible, plain")
    return modes


def _fields(value: object) -> object:
    if not isinstance(value, str):
        return value
    fields = tuple(name.strip() for name in value.split(","))
    if len(fields) != 2 or not all(fields):
        raise ValueError("must name two fields of the template, separated by a comma")
    return fields


def _secret(value: str) -> str:
    if len(value) < 32:
        raise ValueError("must be at least 32 characters of randomness")
    return value


NotBlank = Annotated[str, AfterValidator(_not_blank)]


class Settings(BaseModel):
    """Everything that differs between two deployments."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    database_url: NotBlank
    redis_url: NotBlank
    rasa_url: NotBlank
    secret_key: Annotated[str, AfterValidator(_secret)]
    nongwen_home: Path = Path(".nongwen")

    webhook_host: str = "127.0.0.1"
    webhook_port: int = Field(default=8000, ge=0, le=65535)
    console_host: str = "127.0.0.1"
    console_port: int = Field(default=8001, ge=0, le=65535)
    public_url: str = ""
    console_url: str = "http://127.0.0.1:8001"
    cookies_need_https: bool = True
    trusted_proxies: int = Field(default=0, ge=0, le=5)

    wechat_token: NotBlank
    wechat_aes_key: Annotated[str, AfterValidator(_aes_key)]
    wechat_previous_aes_key: Annotated[str, AfterValidator(_optional_aes_key)] = ""
    wechat_appid: NotBlank
    wechat_secret: NotBlank
    wechat_modes: Annotated[tuple[CryptoMode, ...], BeforeValidator(_modes)] = ("safe",)
    wechat_api_url: str = "https://api.weixin.qq.com"
    wechat_passive_only: bool = False

    wechat_staff_template_id: str = ""
    wechat_staff_template_fields: Annotated[tuple[str, ...], BeforeValidator(_fields)] = ("thing1", "thing2")
    wecom_corp_id: str = ""
    wecom_agent_id: int = Field(default=0, ge=0)
    wecom_secret: str = ""
    wecom_api_url: str = "https://qyapi.weixin.qq.com"
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: SmtpSecurity = "starttls"
    smtp_username: str = ""
    smtp_password: str = ""
    smtp_sender: str = ""

    show_unapproved_articles: bool = True
    bot_patience_seconds: int = Field(default=50, ge=1, le=600)
    clock_url: str = ""
    heartbeat_url: str = ""
    log_json: bool = False

    @property
    def media_folder(self) -> Path:
        """Where photos and voice lie, outside the database."""
        return self.nongwen_home / "media"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """What can only be used together must be set together."""
        if any((self.wecom_corp_id, self.wecom_agent_id, self.wecom_secret)) and not all(
            (self.wecom_corp_id, self.wecom_agent_id, self.wecom_secret)
        ):
            raise ValueError("WECOM_CORP_ID, WECOM_AGENT_ID and WECOM_SECRET belong together")
        if self.smtp_host and not self.smtp_sender:
            raise ValueError("SMTP_SENDER must be set where SMTP_HOST is")
        return self

    @classmethod
    def from_environment(cls) -> Self:
        """Read the environment; raises SettingsError with one sentence about the first thing that is wrong."""
        return cls.from_mapping(os.environ)

    @classmethod
    def from_mapping(cls, environment: Mapping[str, str]) -> Self:
        """The same from a mapping of names as in the environment, and from nothing else."""
        values = {name.lower(): value for name, value in environment.items() if name.lower() in cls.model_fields}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0]).upper() if first["loc"] else ""
    if first["type"] == "missing":
        return f"The setting {name} is missing; see .env.example."
    reason = str(first["msg"]).removeprefix("Value error, ")
    if not first["loc"]:
        return f"The settings do not fit together: {reason}."
    return f"The setting {name} is wrong: {reason}."
