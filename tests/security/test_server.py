"""The dashboard's gate: nobody passes without the key, no other page passes with it."""

import re
import string
from http import HTTPStatus

import pytest
from bokeh.util.token import get_token_payload

from workbench.dashboard import server_key
from workbench.dashboard.server_headers import FIXED
from workbench.dashboard.server_key import Key, Tickets, new_key

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
BOKEH = "/static/js/bokeh.min.js"
EXAMPLES = (
    *("/", "", "/favicon.ico", "/ws", "/metadata", "/autoload.js?bokeh-autoload-element=x"),
    *(BOKEH, "/static/extensions/panel/panel.min.js", "/liveness", "/rest/session_info"),
    "/components/panel.widgets.button/Button/__css__/x.css",
    *(
        "/nowhere",
        "/static/../app.py",
        "/ws/",
        "/login",
        "/logout",
        "//",
        "/%00",
        "/?token=",
        "/?x",
    ),
)


def rules(router):
    """Every route of a Tornado application, nested ones too."""
    for rule in router.rules:
        if hasattr(rule.target, "rules"):
            yield from rules(rule.target)
        else:
            yield rule


def paths(rule):
    """Examples and a written-out pattern, as far as they lead to `rule`."""
    pattern = rule.matcher.regex.pattern.rstrip("$").lstrip("^")
    written = re.sub(r"\(\?!.*?\)|\?$", "", pattern).replace("(.*)", "js/bokeh.min.js")
    wanted = [*EXAMPLES, written]
    return [one for one in wanted if rule.matcher.regex.match(one.partition("?")[0])]


def test_every_route_of_the_running_server_is_closed(served):
    table = list(rules(served.application.default_router))
    assert len(table) >= 9
    for rule in table:
        known = [path for path in paths(rule) if path]
        assert known, f"no example of {rule.matcher.regex.pattern}"
        for path in known:
            for method in METHODS:
                assert served.ask(path, method).status in {401, 403}, (method, path)
            assert served.handshake(path) in {401, 403}, path
            assert served.handshake(path, Origin=f"http://{served.host}") in {401, 403}, path


@pytest.mark.parametrize("path", [path for path in EXAMPLES if path])
def test_what_is_no_route_is_closed_too(served, path):
    assert served.ask(path).status in {401, 403}


def test_routes_are_open_with_the_key(served):
    for headers in (served.cookie, served.authorization):
        assert served.ask("/", **headers).status == 200
        assert served.ask(BOKEH, **headers).status == 200
    assert served.handshake(**served.authorization, Sec_WebSocket_Protocol="bokeh, none") == 101


def wrong(token):
    other = new_key(1).token
    swapped = token.swapcase()
    yield from (other, swapped, token[:-1], f"{token}x", token[1:], token.lower(), "", " ", "None")
    yield from (f"{token[:20]}{other[20:]}", token[::-1], "é" * 43, "%", "token", "*")


def test_tokens_that_are_nearly_right_are_wrong(served):
    for token in wrong(served.key.token):
        header = {"Authorization": f"token {token.encode().decode('latin-1')}"}
        assert served.ask("/", **header).status == 401
        cookie = f"{served.key.cookie_name}={token.encode().decode('latin-1')}"
        assert served.ask("/", Cookie=cookie).status == 401
        if token.isprintable() and token.isascii() and " " not in token:
            assert served.ask(f"/?token={token}").status == 401


def test_the_token_itself_is_no_cookie_and_the_cookie_no_token(served):
    assert served.ask("/", Cookie=f"{served.key.cookie_name}={served.key.token}").status == 401
    assert served.ask("/", Authorization=f"token {served.key.cookie}").status == 401
    assert served.ask("/", Authorization=f"Basic {served.key.token}").status == 401
    assert served.key.token not in repr(served.key)


def test_keys_are_compared_in_constant_time(monkeypatch):
    compared = []
    digest = server_key.hmac.compare_digest
    monkeypatch.setattr(
        server_key.hmac, "compare_digest", lambda *pair: compared.append(pair) or digest(*pair)
    )
    key = Key("a" * 43, 5006)
    assert [key.fits("a" * 43), key.fits("b"), key.fits_cookie("c")] == [True, False, False]
    assert not Tickets().redeem("d")
    assert len(compared) == 3


def test_a_token_in_the_address_becomes_a_cookie(served):
    reply = served.ask(f"/?page=theories&token={served.key.token}&select=%26a%3Db")
    assert reply.status == 303
    assert reply.headers["Location"] == "/?page=theories&select=%26a%3Db"
    assert reply.headers["Cache-Control"] == "no-store"
    cookie = reply.headers["Set-Cookie"]
    assert served.key.token not in cookie
    assert {"Path=/", "HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))
    assert served.ask("/", Cookie=cookie.partition(";")[0]).status == 200


@pytest.mark.parametrize(
    "target", ["//evil.example/", "///evil.example", "/\\evil.example/", "/\\/evil.example", "//"]
)
def test_the_clean_address_is_on_this_server(served, target):
    reply = served.ask(f"{target}?token={served.key.token}")
    assert reply.status in {303, 401}
    assert re.match(r"/(?![/\\])", reply.headers.get("Location", "/"))


def test_a_stale_token_is_taken_out_of_the_address_of_who_is_known(served):
    reply = served.ask("/?token=old&page=budgets", **served.cookie)
    assert (reply.status, reply.headers["Location"]) == (303, "/?page=budgets")
    assert "Set-Cookie" not in reply.headers


def test_a_ticket_opens_once(served):
    ticket = served.tickets.issue()
    assert served.ask(f"/?token={ticket}").status == 303
    assert served.ask(f"/?token={ticket}").status == 401
    assert served.ask("/", Authorization=f"token {served.tickets.issue()}").status == 401


def test_a_ticket_ends():
    clock = [0.0]
    tickets = Tickets(lambda: clock[0])
    ticket = tickets.issue()
    clock[0] = server_key.TICKET_S + 1
    assert not tickets.redeem(ticket)


# -- other pages ---------------------------------------------------------------------------

OWN = ("127.0.0.1", "localhost")
ORIGINS = [
    *(
        "null",
        "",
        " ",
        "*",
        "about:blank",
        "file://",
        "data:",
        "chrome-extension://abc",
        "ws://{own}",
    ),
    *("http://evil.example", "https://evil.example", "http://evil.example:{port}", "//{own}"),
    *(
        "http://{own}.evil.example",
        "http://127.0.0.1.evil.example:{port}",
        "http://{own}.",
        "{own}",
    ),
    *(
        "https://127.0.0.1.evil.example:{port}",
        "http://localhost.evil.example:{port}",
        "http:{own}",
    ),
    *("http://evil.example/{own}", "http://{own}@evil.example", "http://evil.example#{own}"),
    *("http://evil.example?{own}", "http://evil.example\\{own}", "http://{own}/", "http://{own}/x"),
    *(
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://127.0.0.1:{port}0",
        "http://127.0.0.1:0{port}",
    ),
    *("http://127.0.0.1:+{port}", "http://127.0.0.11:{port}", "http://127.0.0.2:{port}"),
    *(
        "http://127.0.0.10:{port}",
        "http://1127.0.0.1:{port}",
        "http://127.1:{port}",
        "http://127.0.0.1:",
    ),
    *("http://2130706433:{port}", "http://0x7f000001:{port}", "http://0177.0.0.1:{port}"),
    *(
        "http://[::1]:{port}",
        "http://[::ffff:127.0.0.1]:{port}",
        "http://0.0.0.0:{port}",
        "http://::1",
    ),
    *(
        "http://localhost:1",
        "http://localhosts:{port}",
        "http://xlocalhost:{port}",
        "http://local:{port}",
    ),
    *(
        "http://sub.localhost:{port}",
        "http://localhost.:{port}",
        "http://user@{own}",
        "http://user:x@{own}",
    ),
    *("http://{own} http://evil.example", "http://evil.example http://{own}", "http://{own},x"),
    *(
        "http://{own}%2eevil.example",
        "http://{own}%00.evil.example",
        "http://xn--lcalhost-54a:{port}",
    ),
]


def test_there_are_fifty_look_alikes():
    assert len(set(ORIGINS)) == len(ORIGINS) >= 50


@pytest.mark.parametrize("origin", ORIGINS)
def test_pages_of_other_origins_are_refused(served, origin):
    given = origin.format(own=served.host, port=served.port)
    for key in (served.cookie, served.authorization):
        assert served.handshake(**key, Origin=given) == 403
        assert served.ask("/", **key, Origin=given).status == 403


def test_a_browser_that_does_not_name_its_page_is_refused(served):
    assert served.handshake(**served.cookie) == 403


@pytest.mark.parametrize("name", OWN)
def test_its_own_page_is_accepted(served, name):
    host = f"{name}:{served.port}"
    known = {**served.cookie, "Host": host, "Origin": f"http://{host}"}
    assert served.handshake(**known, Sec_WebSocket_Protocol="bokeh, none") == 101


def test_the_page_of_one_of_its_names_is_no_page_of_the_other(served):
    known = {**served.cookie, "Origin": f"http://localhost:{served.port}"}
    assert served.handshake(**known) == 403


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost", ""),
        *("127.0.0.1.evil.example:{port}", "localhost.evil.example:{port}", "127.0.0.1:{port}.x"),
        *("127.0.0.1:{port}, evil.example", "x@127.0.0.1:{port}", "[::1]:{port}", "0.0.0.0:{port}"),
    ],
)
def test_other_names_of_this_machine_are_refused(served, host):
    given = host.format(port=served.port)
    reply = served.ask("/", Host=given, **served.authorization)
    assert reply.status in {400, 403}
    assert b"<script" not in reply.content


@pytest.mark.parametrize("site", ["cross-site", "same-site", "other"])
def test_other_pages_may_link_here_but_not_load(served, site):
    for target in ("/", "/autoload.js?bokeh-autoload-element=x", BOKEH):
        for kind in ("script", "image", "iframe", "empty", ""):
            headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": kind, "Sec-Fetch-Mode": "no-cors"}
            assert served.ask(target, **served.cookie, **headers).status == 403
    linked = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}
    assert served.ask("/", **served.cookie, **linked).status == 200


def test_no_request_can_change_anything(served):
    for method in set(METHODS) - {"GET", "HEAD"}:
        for target in ("/", BOKEH, "/nowhere", "/ws"):
            assert served.ask(target, method, **served.cookie).status == 405
    assert served.ask("/", **served.cookie, Content_Length="5000000000").status == 413
    assert served.ask("/", **served.cookie, Transfer_Encoding="chunked").status == 413
    assert served.ask("http://evil.example/", **served.cookie).status == 400


# -- headers -------------------------------------------------------------------------------


def answers(served):
    page = served.ask("/", **served.cookie)
    yield from (page, served.ask(BOKEH, **served.cookie))
    yield served.ask(
        BOKEH, **served.cookie, If_None_Match=served.ask(BOKEH, **served.cookie).headers["Etag"]
    )
    yield from (served.ask("/nowhere", **served.cookie), served.ask("/"), served.ask("/", "POST"))
    yield from (served.ask("/", Host="evil.example"), served.ask("/", "HEAD", **served.cookie))
    yield served.ask(f"/?token={served.key.token}")
    yield served.ask("/metadata", **served.cookie)
    yield served.ask("/autoload.js", **served.cookie)


def directives(policy):
    pairs = (one.strip().partition(" ") for one in policy.split(";"))
    return {name: values.split() for name, _, values in pairs}


def test_every_answer_carries_the_headers(served):
    statuses = set()
    for reply in answers(served):
        statuses.add(reply.status)
        for name, value in FIXED.items():
            assert reply.headers[name] == value, (reply.status, name)
        allowed = directives(reply.headers["Content-Security-Policy"])
        assert allowed["default-src"] == allowed["base-uri"] == allowed["form-action"] == ["'none'"]
        assert allowed["frame-ancestors"] == ["'self'"]
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*"} & set(allowed["script-src"])
        own = f"(http://|ws://|wss://){re.escape(served.host)}"
        for sources in allowed.values():
            assert not [one for one in sources if "//" in one and not re.fullmatch(own, one)]
        assert "Server" not in reply.headers
        is_page = reply.headers.get("Content-Type", "").startswith("text/html")
        assert (
            reply.headers["Cache-Control"] == "no-store"
            if is_page
            else "Cache-Control" in reply.headers
        )
    assert {200, 303, 304, 400, 401, 403, 404, 405} - {405} <= statuses
    _, headers = served.opened(**served.authorization, Sec_WebSocket_Protocol="bokeh, none")
    assert {name.lower() for name in FIXED} <= set(headers)


def test_scripts_carry_the_nonce_of_their_answer(served):
    nonces = set()
    for _ in range(2):
        reply = served.ask("/", **served.cookie)
        [source] = re.findall(r"'nonce-([\w-]+)'", reply.headers["Content-Security-Policy"])
        opening = re.findall(rb"<script[^>]*>", reply.content)
        assert len(opening) > 2
        assert all(f'nonce="{source}"'.encode() in tag for tag in opening)
        assert int(reply.headers["Content-Length"]) == len(reply.content)
        nonces.add(source)
    assert len(nonces) == 2


def test_what_a_page_is_told_does_not_open_the_server(served):
    page = served.ask("/", **served.cookie, **{"X-Mine": "1"}).content.decode()
    [token] = set(re.findall(r'"token":"([\w.-]+)"', page))
    told = str(get_token_payload(token))
    assert "X-Mine" in told
    assert served.key.cookie not in told + page
    scripted = served.ask("/", **served.authorization).content.decode()
    [token] = set(re.findall(r'"token":"([\w.-]+)"', scripted))
    assert served.key.token not in str(get_token_payload(token)) + scripted


@pytest.mark.parametrize("status", [401, 403])
def test_refusals_say_what_to_do_and_load_nothing(served, status):
    reply = served.ask("/") if status == 401 else served.ask("/", Host="evil.example")
    text = reply.content.decode()
    assert reply.status == status
    assert HTTPStatus(status).phrase in text
    assert "workbench serve printed" in text
    assert "$" not in text
    assert not re.search(r"<script|<img|url\(|https?://|@import", text)
    assert directives(reply.headers["Content-Security-Policy"])["script-src"] == ["'none'"]


# -- secrets -------------------------------------------------------------------------------


def test_tokens_are_random_and_long():
    tokens = {new_key(1).token for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) >= 43 for token in tokens)
    assert set("".join(tokens)) <= set(string.ascii_letters + string.digits + "-_")
    assert new_key(1).cookie_name != new_key(2).cookie_name


def test_a_log_of_everything_holds_no_token(served, caplog):
    with caplog.at_level(1):
        for reply in (*answers(served), *answers(served)):
            assert reply.status
        for target in ("/?token={token}", "/nowhere?token={token}", "//?token={token}&token=x"):
            served.ask(target.format(token=served.key.token), **served.cookie)
        served.handshake(**served.cookie, Origin="http://evil.example")
        served.handshake(f"/ws?token={served.key.token}", Origin="http://evil.example")
    assert "404" in caplog.text
    assert served.key.token not in caplog.text
    assert served.key.cookie not in caplog.text
