"""Tokens, the platform's addresses and the clearing of quotas."""

from typing import Any

from simulator.api.gate import ApiError, Call, interface
from simulator.tokens import TooManyToday, TooOften


@interface("token", "GET", daily=2000, needs_token=False)
def token(call: Call) -> dict[str, Any]:
    """GET /cgi-bin/token: always a new token."""
    _check_credentials(call, call.args)
    value, expires_in = call.platform.tokens.fetch()
    return {"access_token": value, "expires_in": expires_in}


@interface("stable_token", daily=500_000, needs_token=False)
def stable_token(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/stable_token: the same token as long as it is good."""
    _check_credentials(call, call.json)
    tokens = call.platform.tokens
    try:
        value, expires_in = tokens.force_stable() if call.json.get("force_refresh") is True else tokens.fetch_stable()
    except TooManyToday:
        raise ApiError(45009) from None
    except TooOften:
        raise ApiError(45011) from None
    return {"access_token": value, "expires_in": expires_in}


@interface("getcallbackip", "GET")
def getcallbackip(call: Call) -> dict[str, Any]:
    """The addresses that pushes come from."""
    return {"ip_list": ["127.0.0.1"]}


@interface("get_api_domain_ip", "GET")
def get_api_domain_ip(call: Call) -> dict[str, Any]:
    """The addresses of the interface itself."""
    return {"ip_list": ["127.0.0.1"]}


@interface("clear_quota")
def clear_quota(call: Call) -> dict[str, Any]:
    """Set the day's counts to nothing, ten times a month."""
    if call.json.get("appid") != call.who.appid:
        raise ApiError(40013)
    return _clear(call)


@interface("clear_quota/v2", needs_token=False)
def clear_quota_v2(call: Call) -> dict[str, Any]:
    """The same with appid and appsecret in place of a token."""
    given = dict(call.args) if "appid" in call.args else call.json
    _check_appid_and_secret(call, given.get("appid"), given.get("appsecret"))
    return _clear(call)


def _clear(call: Call) -> dict[str, Any]:
    if not call.platform.meter.clear():
        raise ApiError(48006)
    return {"errcode": 0, "errmsg": "ok"}


def _check_credentials(call: Call, given: dict[str, Any]) -> None:
    if given.get("grant_type") != "client_credential":
        raise ApiError(40002)
    _check_appid_and_secret(call, given.get("appid"), given.get("secret"))


def _check_appid_and_secret(call: Call, appid: object, secret: object) -> None:
    if not appid:
        raise ApiError(41002)
    if not secret:
        raise ApiError(41004)
    if appid != call.who.appid:
        raise ApiError(40013)
    if secret != call.who.secret:
        raise ApiError(40125)
