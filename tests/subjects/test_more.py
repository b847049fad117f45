"""Further servers that the lab has never seen, of each kind. A few are checked in each run, all of them by `make test-more`."""

from typing import Any

import pytest

from tests.subjects import small
from tests.subjects.small import Outcomes

ALL = small.names(small.MORE)
UNDECIDED = {
    "x_ok_refuses_strange_cookies": "with the cookies of other applications beside its own it answers 400 to everything",
}
"""Correct servers of which a check says unknown, and why."""
UNSEEN = {
    "x_bad_cache_set_cookie": "two visitors get one id, which never becomes a user's",
    "x_bad_tied_to_net": "all public addresses of the lab are of one /24",
}
"""Wrong servers whose mistake no client of this lab sees, and why."""
UNKNOWN = {
    "x_bad_stale_reads": "a note that is not read back at once is no note that could be judged",
}
"""Wrong servers that stop a check in the preflight, which says what it saw."""
WRONG = {
    "x_bad_md5_name": "authenticity",
    "x_bad_b64_name": "authenticity",
    "x_bad_b64_json_name": "authenticity",
    "x_bad_jwt_unverified": "authenticity",
    "x_bad_time_id": "authenticity",
    "x_bad_md5_time": "isolation",
    "x_bad_b64_counter": "authenticity",
    "x_bad_hex_counter": "authenticity",
    "x_bad_cache_by_path": "isolation",
    "x_bad_worker_user": "isolation",
    "x_bad_adopts_uuid": "authenticity",
    "x_bad_first_four": "authenticity",
    "x_bad_any_case": "authenticity",
    "x_bad_like": "authenticity",
    "x_bad_logout_same_address": "finality",
    "x_bad_tied_to_x_real_ip": "authenticity",
    "x_bad_real_ip_user": "isolation",
    "x_bad_slow_blob": "durability",
    "x_bad_lockout_three": "steadiness",
    "x_bad_bearer_outlives_logout": "finality",
    "x_bad_logout_all_people": "steadiness",
    "x_bad_one_session_an_address": "steadiness",
    "x_bad_id_of_login_page": "authenticity",
    "x_bad_uid_cookie": "authenticity",
    "x_bad_leaks_ids": "isolation",
    "x_bad_note_in_header": "isolation",
    "x_bad_swaps_cookies": "isolation",
    "x_bad_keeps_note": "isolation",
    "x_bad_first_user_default": "isolation",
    "x_bad_forgets_when_busy": "continuity",
    "x_bad_by_agent": "isolation",
    "x_bad_by_agent_and_address": "isolation",
    "x_bad_by_first_hop": "isolation",
    "x_bad_connection_auth": "steadiness",
    "x_bad_gap_1ms": "isolation",
    "x_bad_gap_5ms": "isolation",
    "x_bad_login_race": "isolation",
    "x_bad_write_race": "continuity",
    "x_bad_loses_one_write": "durability",
    "x_bad_32_bits": "authenticity",
    "x_bad_uuid1": "authenticity",
    "x_bad_object_id": "authenticity",
    "x_bad_md5_counter": "authenticity",
    "x_bad_sha1_milliseconds": "authenticity",
    "x_bad_b64_number_of_user": "authenticity",
    "x_bad_hex_name": "authenticity",
    "x_bad_name_and_number": "authenticity",
    "x_bad_admin_cookie": "authenticity",
    "x_bad_keeps_sessions_after_password": "finality",
    "x_bad_fixation_by_cookie": "authenticity",
    "x_bad_logout_of_one_worker": "finality",
    "x_bad_worker_memory": "steadiness",
    "x_bad_expires_early": "steadiness",
    "x_bad_500_when_busy": "continuity",
    "x_bad_session_comes_back": "finality",
    "x_bad_late_cookie": "finality",
    "x_bad_single_use": "steadiness",
    "x_bad_stops_at_semicolon": "steadiness",
    "x_bad_simple_cookie": "steadiness",
    "x_bad_other_order": "steadiness",
}
"""What must be among the invariants that break."""
HARMLESS = {
    "x_evil_template",
    "x_evil_charset",
    "x_evil_location",
    "x_evil_name_of_lab",
    "x_evil_cookie_grows",
    "x_evil_memory",
}
"""Hostile servers that are right in what is judged."""
ALONE = {"x_evil_forks"}
"""It takes all processes that the sandboxes of all labs of this machine may have, so others cannot be checked beside it."""
FEW = (
    "x_ok_page_online", "x_ok_one_session", "x_ok_xsrf_encoded", "x_ok_expires", "x_ok_rolls_with_grace", "x_bad_late_cookie",
    "x_bad_uid_cookie", "x_bad_login_race", "x_bad_id_of_login_page",
    "x_bad_logout_all_people", "x_bad_bearer_outlives_logout", "x_bad_worker_memory", "x_bad_cache_by_path",
    "x_evil_bidi", "x_evil_status", "x_evil_deep_html",
)  # fmt: skip
"""What each run of the tests checks: the kinds that were mended for these servers, and what takes a second."""

pytestmark = pytest.mark.timeout(300)  # a test may wait until its server's turn has come


def some(kind: str) -> list[Any]:
    """The servers of a kind: those beyond the few are left to `make test-more`."""
    return [
        pytest.param(name, marks=() if name in FEW else pytest.mark.more)
        for name in ALL
        if name.startswith(f"x_{kind}_")
    ]


@pytest.mark.parametrize("name", some("ok"))
def test_a_correct_server_holds(outcome_of: Outcomes, name: str) -> None:
    outcome = outcome_of(name)
    expected = "unknown" if name in UNDECIDED else "holds"
    assert (outcome.verdict, outcome.by) == (expected, ()), outcome.told()


@pytest.mark.parametrize("name", some("bad"))
def test_a_wrong_server_is_broken(outcome_of: Outcomes, name: str) -> None:
    outcome = outcome_of(name)
    if name in UNSEEN or name in UNKNOWN:
        assert (outcome.verdict, outcome.by) == ("holds" if name in UNSEEN else "unknown", ()), outcome.told()
    else:
        assert outcome.verdict == "broken", outcome.told()
        assert WRONG[name] in outcome.by, outcome.told()


def test_every_wrong_server_is_in_one_table() -> None:
    tables = (WRONG, UNSEEN, UNKNOWN)
    assert sorted(name for table in tables for name in table) == sorted(n for n in ALL if n.startswith("x_bad_"))


@pytest.mark.parametrize("name", [param for param in some("evil") if param.values[0] not in ALONE])
def test_a_hostile_server_does_no_harm(outcome_of: Outcomes, name: str) -> None:
    """What it sent is spelt out wherever it is told, and what is kept of it is bounded."""
    outcome = outcome_of(name)
    assert outcome.verdict in {"unknown", "broken", "holds" if name in HARMLESS else "unknown"}, outcome.told()
    said = outcome.told()
    assert [letter for letter in said if not letter.isprintable() and letter != "\n"] == []
    assert sum(path.stat().st_size for path in outcome.folder.rglob("*") if path.is_file()) < 200_000_000
