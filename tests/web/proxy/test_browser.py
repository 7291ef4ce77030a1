"""As a browser sees it: the page may do what it needs, a report shows and runs nothing, other pages get nowhere."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.local_server import LocalAws
from tests.web.proxy.browser import Client
from tests.web.proxy.conftest import Deployed
from tests.web.proxy.stack import PARAMETER
from tests.web.proxy.upstream import Upstream

REPORT = """<!doctype html><title>report</title><style>p { color: rgb(1, 2, 3) }</style>
<p>x</p><script>document.title = "ran"</script>"""
POST = """async ([url, name]) => {
  const body = JSON.stringify({Name: name});
  const answer = await fetch(url, {method: "POST", headers: {"Content-Type": "application/json"}, body});
  return [answer.status, (await answer.json()).Parameter?.Value];
}"""
FRAME = """(url) => new Promise((loaded) => {
  const frame = document.createElement("iframe");
  frame.onload = () => loaded(frame.contentDocument === null);
  frame.src = url;
  document.body.append(frame);
})"""


def test_the_page_makes_calls_and_shows_a_report(
    browser: Browser, client: Client, deployed: Deployed, local_aws: LocalAws
) -> None:
    s3 = local_aws.client("s3")
    s3.put_object(Bucket=deployed.outputs["BucketName"], Key="runs/shown/report.html", Body=REPORT.encode())
    page = browser.new_page()
    try:
        page.goto(f"http://localhost:{client.port}/")
        assert page.evaluate(POST, ["/aws/ssm/GetParameter", PARAMETER]) == [200, "none"]
        is_of_no_origin = page.evaluate(FRAME, "/report/shown")
        assert is_of_no_origin
        shown = page.frames[1]
        assert shown.title() == "report"
        assert shown.locator("p").evaluate("p => getComputedStyle(p).color") == "rgb(1, 2, 3)"
    finally:
        page.close()


def test_another_page_of_this_machine_gets_nowhere(browser: Browser, client: Client, upstream: Upstream) -> None:
    page = browser.new_page()
    try:
        page.goto(f"{upstream.url}/elsewhere")
        upstream.received.clear()
        url = f"http://localhost:{client.port}"
        refused = """async (url) => {
          const plain = {method: "POST", mode: "no-cors", body: "{}"};
          const tries = [[`${url}/config.json`, {}], [`${url}/api/model`, {mode: "no-cors"}], [`${url}/api/x`, plain]];
          return Promise.all(tries.map(([to, how]) => fetch(to, how).then((got) => got.type, () => "refused")));
        }"""
        assert page.evaluate(refused, url) == ["refused"] * 3
        paths = [target for _, target, _, _ in upstream.received if target != "/favicon.ico"]
        assert paths == [], "the API was asked on another page's behalf"
    finally:
        page.close()
