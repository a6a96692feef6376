"""`doisoat serve` and `doisoat user` by the command line: what they refuse, and TLS."""

import datetime
import http.client
import json
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from doisoat import cli
from doisoat.settlement.access import passwords
from doisoat.settlement.web.serving import Place, bound
from tests import forks
from tests.integration.conftest import MAIN, refused, run

from .conftest import PASSWORDS, Asker, serving


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of localhost, signed by itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )  # fmt: skip
    return paths


def status_of(*args):
    return cli.run([*map(str, args)])


@pytest.mark.parametrize("options", [
    ("--host", "0.0.0.0"), ("--host", "10.0.0.5"), ("--tls-cert", __file__),
    ("--host", "0.0.0.0", "--insecure-behind-proxy"), ("--proxy", "10.0.0.1"), ("--port", "99999"),
    ("--query-memory", "1"), ("--query-seconds", "0"),
])  # fmt: skip
def test_a_place_that_is_not_safe_is_wrong_usage(home, options, capsys):
    assert status_of("serve", "--home", home, *options) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_without_its_packages_the_remedy_is_named(home, monkeypatch, capsys):
    monkeypatch.setitem(passwords.NEEDED, "no_such_module", "starlette")
    for line in (("serve", "--home", home), ("user", "add", "x", "--role", "reader")):
        assert status_of(*line) == 2
        assert "pip install 'doisoat[web]'" in capsys.readouterr().err


def test_where_no_home_or_no_room_is(home, server, tmp_path):
    refused(6, "serve", "--home", tmp_path / "none", "--port", "0")
    port = Asker(server[0]).port
    assert "nobody can listen" in refused(6, "serve", "--home", home, "--port", port)["what"]


def test_what_is_not_as_it_was_published_is_not_served(home, tmp_path):
    copy = tmp_path / "out"
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns("world", "web", "usage", "runs"))
    face = copy / "relief.duckdb"
    face.chmod(0o600)
    with open(face, "r+b") as file:
        file.seek(-100, 2)
        file.write(b"x")
    told = refused(6, "serve", "--home", copy, "--port", "0")
    assert "not the one that was published" in told["what"]


@pytest.mark.parametrize(("line", "text", "says"), [
    (("add", "Ông A", "--role", "reader"), "đủ dài rồi", "not the name of a user"),
    (("add", "ngan", "--role", "reader"), "ngắn", "not a password"),
    (("add", "rong", "--role", "reader"), "", "not a password"),
    (("add", "kiem-toan", "--role", "reader"), "đủ dài rồi", "there already"),
    (("add", "vt", "--role", "carrier"), "đủ dài rồi", "whose figures?"),
    (("add", "vt", "--role", "carrier", "--carrier", "nobody"), "đủ dài rồi", "no such carrier"),
    (("add", "vt", "--role", "auditor", "--carrier", "vnpt"), "đủ dài rồi", "of no carrier"),
    (("password", "ai-do"), "đủ dài rồi", "no such user"),
])  # fmt: skip
def test_a_user_that_cannot_be_is_refused_and_nothing_changes(home, line, text, says):
    before = (home / "web" / "users.json").read_bytes(), (home / "log" / "head.json").read_bytes()
    done = forks.run(
        [sys.executable, "-c", MAIN, "user", *line, "--password-stdin", "--home", home, "--json"],
        input=f"{text}\n".encode(), capture_output=True,
    )  # fmt: skip
    assert done.returncode == 8
    error = json.loads(done.stdout)["error"]
    assert (says in error["what"] and text not in (error["what"] or "-")) or not text
    after = (home / "web" / "users.json").read_bytes(), (home / "log" / "head.json").read_bytes()
    assert before == after


def test_users_are_listed_without_their_passwords(home):
    status, told, _ = run("user", "list", "--home", home)
    assert status == 0
    assert {user["name"] for user in told["users"]} >= set(PASSWORDS)
    assert all(set(user) == {"name", "role", "carrier", "since"} for user in told["users"])


def test_under_tls_the_cookie_is_for_tls_alone(home, certificate):
    cert, key = certificate
    line = [sys.executable, "-c", MAIN, "serve", "--port", "0", "--json", "--home", str(home),
            "--tls-cert", str(cert), "--tls-key", str(key)]  # fmt: skip
    with forks.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["url"].startswith("https://")
        context = ssl.create_default_context(cafile=cert)
        wire = http.client.HTTPSConnection("localhost", told["port"], context=context, timeout=60)
        user = {"user": "kiem-toan", "password": PASSWORDS["kiem-toan"], "cookie": True}
        headers = {
            "Content-Type": "application/json",
            "Origin": f"https://localhost:{told['port']}",
        }
        wire.request("POST", "/api/login", json.dumps(user), headers)
        answer = wire.getresponse()
        cookie = answer.headers["Set-Cookie"]
        assert answer.status == 200 and cookie.startswith("__Host-") and "Secure" in cookie
        assert "max-age=" in answer.headers["Strict-Transport-Security"]
        wire.close()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_proxy_is_believed_who_asks_and_nobody_else_is(home):
    def told_address(*options):
        with serving(home, *options) as (url, _):
            answer = Asker(url).log_in("kiem-toan", headers={"X-Forwarded-For": "203.0.113.9"})
            assert answer.status == 200
            last = (home / "web" / "access.jsonl").read_bytes().splitlines()[-1]
            user = {"user": "ban-doc", "password": PASSWORDS["ban-doc"], "cookie": True}
            cookie = Asker(url).post("/api/login", user).headers["Set-Cookie"]
            return json.loads(last)["address"], "Secure" in cookie

    assert told_address() == ("127.0.0.1", False)
    behind = ("--insecure-behind-proxy", "--proxy", "127.0.0.1")
    assert told_address(*behind) == ("203.0.113.9", True)


def test_what_is_no_certificate_is_refused(home, certificate, tmp_path):
    other = tmp_path / "x.pem"
    other.write_text("-----BEGIN NOTHING-----\n")
    told = refused(8, "serve", "--home", home, "--tls-cert", other, "--tls-key", certificate[1])
    assert "not a certificate" in told["what"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_told_to_stop_leaves_no_link(home, how):
    with serving(home) as (url, process):
        folder = [path for path in (home / "web").glob("open-*") if str(process.pid) in path.name]
        assert len(folder) == 1 and Asker(url).get("/healthz").status == 200
        process.send_signal(how)
        until = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        assert process.returncode == 0 and not folder[0].exists()


@pytest.mark.skipif(shutil.which("unshare") is None, reason="util-linux is not here")
def test_where_no_namespace_can_be_had_the_console_is_closed(home):
    within = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    with serving(home, under=("unshare", "-Ur", "sh", "-c", within, "sh")) as (url, process):
        asker = Asker(url, Asker(url).log_in("kiem-toan").json["token"])
        told = asker.query("SELECT 1")
        assert (told.status, told.refused) == (403, "console_closed")
        assert asker.get("/api/me").json["may"]["console"] is False
        assert asker.get("/api/overview").status == 200
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert "console is closed" in said


def test_without_namespaces_the_console_opens_only_when_it_is_said(home):
    with serving(home, "--allow-no-netns") as (url, _):
        asker = Asker(url, Asker(url).log_in("kiem-toan").json["token"])
        assert asker.query("SELECT 1").json["rows"] == [[1]]
        assert asker.query("SELECT * FROM read_text('/etc/passwd')").refused == "function_refused"


def test_an_answer_does_not_wait_for_the_acknowledgement_of_its_head():
    """asyncio turns Nagle's waiting off where a socket names its protocol, and else leaves it."""
    with bound(Place("127.0.0.1", 0)) as listening:
        assert listening.proto == socket.IPPROTO_TCP
