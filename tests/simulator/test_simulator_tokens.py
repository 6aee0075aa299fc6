"""Access tokens: how long they live, what kills them, what bad ones are told."""

from simulator_kit import Caller


def use(caller: Caller, token: str) -> int:
    """The errcode of a call with that token; 0 when it is good."""
    errcode: int = caller.get("/cgi-bin/getcallbackip", access_token=token).get("errcode", 0)
    return errcode


def test_a_new_token_leaves_the_old_one_five_minutes(caller: Caller) -> None:
    old = caller.fetch_token()
    assert old["expires_in"] == 7200
    new = caller.fetch_token()["access_token"]
    assert old["access_token"] != new
    caller.pass_time(290)
    assert use(caller, old["access_token"]) == 0
    caller.pass_time(11)
    assert use(caller, old["access_token"]) == 40001
    assert use(caller, new) == 0


def test_a_token_runs_out_after_two_hours(caller: Caller) -> None:
    token = caller.fetch_token()["access_token"]
    caller.pass_time(7190)
    assert use(caller, token) == 0
    caller.pass_time(11)
    assert use(caller, token) == 42001


def test_no_token_and_a_made_up_one_are_told_apart(caller: Caller) -> None:
    assert use(caller, "") == 41001
    assert use(caller, "made-up") == 40001


def test_wrong_credentials_are_named(caller: Caller) -> None:
    assert caller.fetch_token(grant_type="password")["errcode"] == 40002
    assert caller.fetch_token(appid="wx0000000000000000")["errcode"] == 40013
    assert caller.fetch_token(secret="wrong")["errcode"] == 40125
    assert caller.fetch_token(appid="")["errcode"] == 41002
    assert caller.fetch_token(secret="")["errcode"] == 41004
    assert caller.stable_token(secret="wrong")["errcode"] == 40125


def test_2000_tokens_a_day_are_enough(caller: Caller) -> None:
    caller.post("/control/daily", {"path": "token", "used": 1999})
    assert "access_token" in caller.fetch_token()
    assert caller.fetch_token()["errcode"] == 45009
    caller.pass_time(86400)
    assert "access_token" in caller.fetch_token()


def test_a_test_account_has_a_tenth_of_the_daily_limit(caller: Caller) -> None:
    caller.post("/control/account", {"profile": "test"})
    caller.post("/control/daily", {"path": "token", "used": 200})
    assert caller.fetch_token()["errcode"] == 45009


def test_the_stable_token_stays_the_same_until_five_minutes_before_its_end(caller: Caller) -> None:
    first = caller.stable_token()
    assert first["expires_in"] in {7199, 7200}
    caller.pass_time(6890)
    again = caller.stable_token()
    assert again["access_token"] == first["access_token"]
    assert 300 <= again["expires_in"] <= 310
    caller.pass_time(20)
    new = caller.stable_token()
    assert new["access_token"] != first["access_token"]
    assert new["expires_in"] in {7199, 7200}
    assert use(caller, first["access_token"]) == 0
    caller.pass_time(300)
    assert use(caller, first["access_token"]) == 42001
    assert use(caller, new["access_token"]) == 0


def test_the_two_kinds_of_token_leave_each_other_alone(caller: Caller) -> None:
    stable, plain = caller.stable_token()["access_token"], caller.fetch_token()["access_token"]
    caller.fetch_token()
    caller.pass_time(301)
    assert use(caller, stable) == 0
    assert use(caller, plain) == 40001
    assert caller.stable_token(force_refresh=True)["access_token"] != stable
    assert use(caller, caller.fetch_token()["access_token"]) == 0


def test_a_forced_refresh_kills_the_last_stable_token_at_once(caller: Caller) -> None:
    old = caller.stable_token()["access_token"]
    new = caller.stable_token(force_refresh=True)["access_token"]
    assert use(caller, old) == 40001
    assert use(caller, new) == 0


def test_a_forced_refresh_comes_at_most_every_30_seconds_and_20_times_a_day(caller: Caller) -> None:
    assert "access_token" in caller.stable_token(force_refresh=True)
    assert caller.stable_token(force_refresh=True)["errcode"] == 45011
    assert "access_token" in caller.stable_token()
    begun = caller.get("/control/clock")["now"]
    caller.pass_time(86400 - (begun + 8 * 3600) % 86400 + 1)
    for _ in range(20):
        caller.pass_time(31)
        assert "access_token" in caller.stable_token(force_refresh=True)
    caller.pass_time(31)
    assert caller.stable_token(force_refresh=True)["errcode"] == 45009


def test_every_token_can_be_killed_as_if_somebody_else_had_fetched_one(caller: Caller) -> None:
    plain, stable = caller.fetch_token()["access_token"], caller.stable_token()["access_token"]
    caller.post("/control/expire-tokens")
    assert use(caller, plain) == use(caller, stable) == 40001


def test_a_call_from_outside_the_whitelist_is_40164(caller: Caller) -> None:
    caller.settings(ip_whitelist="10.0.0.1")
    refused = caller.fetch_token()
    assert refused["errcode"] == 40164
    assert "127.0.0.1" in refused["errmsg"]


def test_clear_quota_starts_the_day_anew_ten_times_a_month(caller: Caller) -> None:
    caller.api("getcallbackip")
    for _ in range(10):
        caller.post("/control/daily", {"path": "token", "used": 2000})
        assert caller.fetch_token()["errcode"] == 45009
        assert caller.api("clear_quota", {"appid": "wx0123456789abcdef"})["errcode"] == 0
        assert "access_token" in caller.fetch_token()
    assert caller.api("clear_quota", {"appid": "wx0123456789abcdef"})["errcode"] == 48006
