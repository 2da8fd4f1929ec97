"""The server answers the page that it served itself, on this machine, and nobody else."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("httpx")

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the client's library, which has a newer name by now
    from starlette.testclient import TestClient

from starlette.websockets import WebSocketDisconnect

from zoo.errors import UsageError
from zoo.playground import tables
from zoo.playground.serve import HOST, listening
from zoo.playground.server import MOST_PAGES, PAGE, Playground, application
from zoo.playground.spec import Given

PORT = 8642
HOME = f"http://127.0.0.1:{PORT}"
SOCKET = f"ws://127.0.0.1:{PORT}/socket"
ORIGIN = {"origin": HOME}


@pytest.fixture(scope="module")
def page() -> Iterator[TestClient]:
    """A page that has the session's cookie; the process that trains runs while it lasts."""
    guard = application(Playground(Given(), {"do": "start", "spec": {"name": "xor"}}), PORT)
    with TestClient(guard, base_url=HOME, cookies={guard.cookie: guard.session}) as client:
        yield client


@pytest.fixture
def stranger(page: TestClient) -> TestClient:
    """Somebody without the cookie."""
    return TestClient(page.app, base_url=HOME)


def test_the_server_listens_on_loopback_alone():
    with listening(None) as found:
        assert found.getsockname()[0] == HOST == "127.0.0.1"


def test_a_port_that_is_taken_is_refused_and_the_usual_one_gives_way(monkeypatch):
    with listening(None) as found:
        port = found.getsockname()[1]
        found.listen()
        with pytest.raises(UsageError, match=f"--port {port}: .*name another"):
            listening(port)
        monkeypatch.setattr("zoo.playground.serve.PORT", port)
        with listening(None) as other:
            assert other.getsockname()[1] != port


def test_a_token_is_exchanged_for_a_cookie_once(tmp_path):
    guard = application(Playground(Given(), {}), PORT)
    token = guard.token
    first = TestClient(guard, base_url=HOME).get(f"/?token={token}")
    assert first.status_code == 200
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and token not in cookie
    assert TestClient(guard, base_url=HOME).get(f"/?token={token}").status_code == 403
    again = TestClient(guard, base_url=HOME, cookies=dict(first.cookies))
    assert again.get("/").status_code == 200


@pytest.mark.parametrize("token", ["", "wrong", "é", "a" * 10_000])
@pytest.mark.parametrize("path", ["/", "/page/main.js", "/checkpoint/x", "/table/x"])
def test_without_the_token_there_is_no_page(token, path, stranger):
    answer = stranger.get(path, params={"token": token})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_the_token_opens_nothing_but_the_page():
    guard = application(Playground(Given(), {}), PORT)
    assert TestClient(guard, base_url=HOME).get(f"/page/main.js?token={guard.token}").status_code == 403
    assert TestClient(guard, base_url=HOME).post(f"/?token={guard.token}", headers=ORIGIN).status_code == 403
    assert guard.token is not None


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT + 1}", ""])
def test_another_host_is_refused(host, page):
    assert page.get("/", headers={"host": host}).status_code == 403
    with pytest.raises(WebSocketDisconnect), page.websocket_connect(SOCKET, headers={"host": host, **ORIGIN}):
        pass


@pytest.mark.parametrize("origin", ["http://evil.example", f"https://127.0.0.1:{PORT}", "null", None, HOME + "0"])
def test_another_origin_is_refused(origin, page):
    headers = {} if origin is None else {"origin": origin}
    assert page.post("/table", content=b"a,b\n1,2\n", headers=headers).status_code == 403
    with pytest.raises(WebSocketDisconnect), page.websocket_connect(SOCKET, headers=headers):
        pass


def test_what_is_the_page_s_own_is_answered(page):
    """The requests of the tests of refusals, as they are allowed."""
    assert page.get("/").status_code == 200
    assert page.post("/table", content=b"a,b\n1,2\n", headers=ORIGIN).status_code == 200
    with page.websocket_connect(SOCKET, headers=ORIGIN) as socket:
        assert talk(socket, "catalogue", do="catalogue")["names"]


def test_a_socket_without_the_cookie_is_refused(stranger, page):
    for path in (SOCKET, f"{SOCKET}?token={page.app.token}"):
        with pytest.raises(WebSocketDisconnect), stranger.websocket_connect(path, headers=ORIGIN):
            pass
    stranger.cookies.set(page.app.cookie, "guessed")
    with pytest.raises(WebSocketDisconnect), stranger.websocket_connect(SOCKET, headers=ORIGIN):
        pass


def test_every_answer_forbids_what_is_not_its_own(page):
    for path in ("/", "/page/main.js", "/page/nothing.js"):
        headers = page.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'self'")
        assert "unsafe" not in policy and "*" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in headers


def test_the_page_calls_nowhere_and_has_no_inline_script():
    for file in [*PAGE.glob("*.js"), *PAGE.glob("*.html"), *PAGE.glob("*.css")]:
        text = file.read_text(encoding="utf-8")
        assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)[\w]", text), file
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=[\"']|style=[\"']", text) or file.suffix == ".js", file
    assert (PAGE / "vendor" / "uplot" / "LICENSE").is_file()


@pytest.mark.parametrize(
    "path", ["/page/../server.py", "/page/%2e%2e/server.py", "/page/..%2fserver.py", "/page//etc/passwd"]
)
def test_the_page_folder_cannot_be_left(path, page):
    assert page.get(path).status_code in (403, 404)


@pytest.mark.parametrize("name", ["../../etc/passwd", "%2e%2e%2fx", "a.b", "x"])
def test_tables_and_checkpoints_are_named_by_digest_alone(name, page):
    assert page.get(f"/table/{name}").status_code == 404
    assert page.get(f"/checkpoint/{name}").status_code == 404


def test_an_upload_over_the_cap_is_refused(page, monkeypatch):
    monkeypatch.setattr("zoo.playground.server.MOST_BYTES", 1000)
    assert page.post("/table", content=b"1," * 501, headers=ORIGIN).status_code == 413
    pieces = iter([b"1,2\n"] * 400)  # without a length
    assert page.post("/table", content=pieces, headers=ORIGIN).status_code == 413
    assert page.post("/table", content=b" ", headers=ORIGIN).status_code == 400


def test_an_upload_is_kept_under_its_digest(page):
    answer = page.post("/table", content=b"x,y,class\n1,2,A\n2,3,B\n", headers=ORIGIN)
    digest = answer.json()["id"]
    assert re.fullmatch("[0-9a-f]{16}", digest)
    assert page.get(f"/table/{digest}").content == b"x,y,class\n1,2,A\n2,3,B\n"


def test_only_so_many_tables_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MOST_TABLES", 3)
    for number in range(6):
        tables.keep_table(tmp_path, f"a\n{number}\n".encode())
    assert len(list(tmp_path.iterdir())) == 3


def talk(socket: Any, kind: str, **message: Any) -> dict[str, Any]:
    socket.send_text(json.dumps(message))
    while True:
        answer = json.loads(socket.receive_text())
        if answer["type"] == kind:
            return answer


def test_a_page_talks_to_the_process_and_is_given_a_checkpoint(page):
    with page.websocket_connect(SOCKET, headers=ORIGIN) as socket:
        assert talk(socket, "run", do="describe")["name"] == "xor"
        for text in ("{", "[]", "null", "[" * 5000, '"' + "x" * 2_000_000 + '"'):  # dropped
            socket.send_text(text)
        refused = talk(socket, "refused", do="start", spec={"name": "/etc/passwd"})
        assert "there is no recipe" in refused["message"]
        refused = talk(socket, "refused", do="start", spec={"name": "mlp", "options": {"hidden": [10**6, 10**6]}})
        assert "at most" in refused["message"]
        saved = talk(socket, "saved", do="save")
        assert "path" not in saved
        answer = page.get(f"/checkpoint/{saved['id']}")
        assert answer.content.startswith(b"\x89zoo")
        assert answer.headers["content-disposition"] == 'attachment; filename="xor-0.h5"'


def test_a_process_that_was_killed_can_be_started_again(page):
    with page.websocket_connect(SOCKET, headers=ORIGIN) as socket:
        talk(socket, "run", do="describe")
        playground = page.app.app.routes[1].endpoint.__closure__[0].cell_contents
        playground.child._process.kill()
        ended = json.loads(socket.receive_text())
        assert ended["type"] == "ended" and "SIGKILL" in ended["reason"]
        assert talk(socket, "run", do="start", spec={"name": "nand"})["name"] == "nand"


def test_two_pages_see_one_run_and_too_many_are_told(page):
    with page.websocket_connect(SOCKET, headers=ORIGIN) as one:
        with page.websocket_connect(SOCKET, headers=ORIGIN) as two:
            started = talk(one, "run", do="start", spec={"name": "xor"})
            other = json.loads(two.receive_text())
            assert other["run"] == started["run"]
            talk(two, "refused", do="nothing")
        sockets = [page.websocket_connect(SOCKET, headers=ORIGIN) for _ in range(MOST_PAGES)]
        opened = [socket.__enter__() for socket in sockets]
        assert json.loads(opened[-1].receive_text())["type"] == "full"
        for socket in sockets:
            socket.__exit__(None, None, None)


def test_without_the_extra_the_command_says_what_to_install(monkeypatch, capsys):
    import sys

    from zoo.cli import main

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["playground", "--no-browser"]) == 2
    assert "pip install 'zoo-networks[web]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing-of-this-name"], "there is no architecture or recipe"),
        (["missing.h5"], "there is no such checkpoint"),
        (["mlp", "--data", "missing.csv"], "there is no such file or folder"),
        (["mlp", "--data", "missing"], "there is no dataset"),
        (["http://127.0.0.1:1/#run=e30", "--data", "xor"], "leave --data out"),
    ],
)
def test_wrong_calls_are_refused_before_anything_is_served(arguments, said, capsys):
    from zoo.cli import main

    assert main(["playground", "--no-browser", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_nothing_of_the_web_is_imported_without_the_command():
    import subprocess
    import sys

    code = "import sys, zoo, zoo.cli; zoo.cli.main(['list', '--json']); zoo.cli.main(['playground', '--help'])\n"
    code += "print(sorted({'starlette', 'uvicorn', 'websockets'} & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_files_of_the_page_are_all_there():
    text = (PAGE / "index.html").read_text(encoding="utf-8")
    for path in re.findall(r'(?:src|href)="/page/([^"]+)"', text):
        assert Path(PAGE, path).is_file(), path
