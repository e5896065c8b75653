"""Whether the pages open in Firefox: without a complaint, with what Chromium shows, and by keyboard.

usage: firefox_test.py --firefox FILE RUNS

RUNS is the folder of scripts/browser.sh. Firefox is driven by its own protocol (Marionette), with nothing but the standard
library.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from checking import check, equal  # noqa: E402
from driver import KEYS, free_port  # noqa: E402


class Firefox:
    """One headless window. Everything that fails raises, with what Firefox said."""

    def __init__(self, firefox):
        self.profile = tempfile.mkdtemp()
        port = free_port()
        with open(os.path.join(self.profile, "user.js"), "w") as file:
            file.write(f'user_pref("marionette.port", {port});\nuser_pref("app.update.enabled", false);\nuser_pref("network.captive-portal-service.enabled", false);\n')
        command = [firefox, "--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", self.profile]
        environment = {**os.environ, "HOME": self.profile, "MOZ_HEADLESS_WIDTH": "1400", "MOZ_HEADLESS_HEIGHT": "900"}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.number = 0
        for _ in range(300):
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), 60)
                break
            except OSError:
                time.sleep(0.1)
        else:
            self.close()
            raise RuntimeError("Firefox did not start")
        self.file = self.socket.makefile("rb")
        self._read()
        self._do("WebDriver:NewSession", {})

    def _read(self):
        length = b""
        while not length.endswith(b":"):
            length += self.file.read(1)
        return json.loads(self.file.read(int(length[:-1])))

    def _do(self, name, parameters):
        self.number += 1
        message = json.dumps([0, self.number, name, parameters]).encode()
        self.socket.sendall(str(len(message)).encode() + b":" + message)
        _, _, error, result = self._read()
        if error:
            raise RuntimeError(error["message"])
        return result

    def open(self, url):
        self._do("WebDriver:Navigate", {"url": url})

    def run(self, script, *arguments):
        return self._do("WebDriver:ExecuteScript", {"script": script, "args": list(arguments)})["value"]

    def press(self, *keys):
        actions = []
        for key in keys:
            actions += [{"type": kind, "value": KEYS.get(key, key)} for kind in ("keyDown", "keyUp")]
        self._do("WebDriver:PerformActions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def wait(self, condition, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.run(f"return !!({condition})"):
                return
            time.sleep(0.05)
        raise AssertionError(f"never true within {seconds} s: {condition}")

    def complaints(self):
        """Errors and warnings of pages and policies that the console holds."""
        self._do("Marionette:SetContext", {"value": "chrome"})
        try:
            return self.run("""return Services.console.getMessageArray().filter(m => m instanceof Ci.nsIScriptError)
                .filter(m => /^file:/.test(m.sourceName) || /Content-Security-Policy|CSP/.test(m.errorMessage)).map(m => m.errorMessage)""")
        finally:
            self._do("Marionette:SetContext", {"value": "content"})

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.profile, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--firefox", required=True)
    parser.add_argument("runs")
    arguments = parser.parse_args()
    runs = os.path.abspath(arguments.runs)
    firefox = Firefox(arguments.firefox)

    def opened(*path):
        path = os.path.join(runs, *path)
        firefox.open("file://" + urllib.parse.quote(path))
        firefox.wait("document.documentElement.dataset.ready")
        return firefox.run("return document.getElementById('claim').textContent")

    try:
        for run in ["critic", "iid", "hostile"]:
            opened(run, "report.html")
            firefox.wait("document.querySelectorAll('#body .item').length")
            firefox.press("j", "Enter")
            firefox.wait("document.querySelector('#tree svg')")
            check(firefox.run("return document.getElementById('nodename').textContent"), "a node is shown")
            firefox.press("Escape")
            firefox.wait("!document.getElementById('report').hidden")
        told = opened("compare", "compare.html")
        firefox.run("document.querySelector('.view:not([hidden]) [data-plot]').focus()")
        firefox.press("Home")
        firefox.wait("location.hash.startsWith('#t=')")
        check(firefox.run("return document.getElementById('claim').textContent") != told, "the claim follows")
        equal(firefox.complaints(), [], "complaints of the console")
        print("  passed  firefox: report.html and compare.html open, are read by keyboard, and complain of nothing")
        return 0
    except (AssertionError, RuntimeError) as error:
        print(f"  FAILED  firefox: {error}")
        return 1
    finally:
        firefox.close()


if __name__ == "__main__":
    sys.exit(main())
