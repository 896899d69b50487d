"""A small IMAP server for tests, in a thread: one folder, read only. It can hang, send a byte now and then, or refuse."""

import re
import socketserver
import threading
from contextlib import contextmanager

PASSWORD = "let me in"


class Folder:
    """What the server has: `mails` by UID. `fault`: "hang" or "drip" at a command, such as ("FETCH", "hang")."""

    def __init__(self, *mails):
        self.mails = dict(enumerate(mails, start=1))
        self.uid_validity = 7
        self.fault = ("", "")
        self.commands = []
        self.is_over = threading.Event()


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("* OK ready")
        for line in self.rfile:
            tag, _space, command = line.decode().strip().partition(" ")
            folder = self.server.folder
            folder.commands.append(command.replace(PASSWORD, "…"))
            name, fault = folder.fault
            if name and name in command:
                self.fail(fault)
                return
            if not self.answer(tag, command):
                return

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def fail(self, fault):
        while not self.server.folder.is_over.wait(0.05):
            if fault == "drip":
                try:
                    self.wfile.write(b"*")
                except OSError:
                    return

    def answer(self, tag, command):
        folder = self.server.folder
        if command == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1")
        elif command.startswith("LOGIN"):
            if PASSWORD not in command:
                self.say(f"{tag} NO [AUTHENTICATIONFAILED] wrong password")
                return True
        elif command.startswith("EXAMINE"):
            self.say(f"* {len(folder.mails)} EXISTS")
            self.say(f"* OK [UIDVALIDITY {folder.uid_validity}] ok")
        elif match := re.match(r"UID SEARCH UID (\d+):\*", command):
            uids = [uid for uid in folder.mails if uid >= int(match[1])] or [*folder.mails][-1:]
            self.say(f"* SEARCH {' '.join(map(str, uids))}")
        elif match := re.match(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
            if (mail := folder.mails.get(int(match[1]))) is not None:
                mail = mail[: int(match[2])]
                self.say(f"* 1 FETCH (UID {match[1]} BODY[]<0> {{{len(mail)}}}")
                self.wfile.write(mail + b")\r\n")
        else:
            self.say(f"{tag} BAD unknown")
            return True
        self.say(f"{tag} OK done")
        return True


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def imap_server(folder):
    """The port on which the folder can be read, on this machine only."""
    with Server(("127.0.0.1", 0), Conversation) as server:
        server.folder = folder
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            folder.is_over.set()
            server.shutdown()
            thread.join()
