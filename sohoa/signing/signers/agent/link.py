"""The agent's line to its server: every question sealed, every answer held against its seal before a byte of it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.http import Http, ServiceUnreachable
from sohoa.signing.signers.agent.desk import ClockOff
from sohoa.signing.signers.agent.fields import Fields
from sohoa.signing.signers.agent.messages import Outcome, Request, answers_as_dict, identity_as_dict, message, outcome_of
from sohoa.signing.signers.agent.sealing import HEADER, LONGEST_NAME, Pairing, answer_fits, new_nonce, seal_question
from sohoa.signing.signers.holder import Identity, Refusal

SERVICE = "máy chủ sohoa"
COME_AGAIN_AT_MOST = 60  # seconds
_BODY = {"Content-Type": "application/json"}


class PairingRefused(SohoaError):
    code, exit_code = "signing.agent_pairing_refused", Exit.USAGE
    vi = "Máy chủ không nhận máy ký này: việc ghép đã bị hủy, hoặc tệp ghép hay địa chỉ máy chủ không đúng."
    en = "The server does not know this agent: the pairing was removed, or the pairing file or the server's address is wrong."
    remedy = "Kiểm tra địa chỉ máy chủ; nếu đúng, ghép lại ở máy chủ và chép tệp ghép mới sang."
    remedy_en = "Check the server's address; if it is right, pair again on the server and copy the new pairing file over."


class ServerNotKnown(SohoaError):
    code, exit_code = "signing.agent_server_not_known", Exit.USAGE
    vi = "Câu trả lời không đến từ máy chủ đã ghép với máy ký này. Không ký gì."
    en = "The answer does not come from the server that this agent is paired with. Nothing was signed."
    remedy = "Kiểm tra địa chỉ máy chủ. Nếu địa chỉ đúng, báo ngay người quản trị mạng: có thể ai đó đang giả máy chủ."
    remedy_en = (
        "Check the server's address. If it is right, tell the network's administrator: somebody may be posing as the server."
    )


class ServerRefused(SohoaError):
    code = "signing.agent_server_refused"
    vi = "Máy chủ từ chối yêu cầu của máy ký (mã {why})."
    en = "The server refused what the agent asked ({why})."
    remedy = "Tra mã này trong danh mục lỗi (docs/vi/loi.md), hoặc báo người quản trị máy chủ."
    remedy_en = "Look the code up in the list of errors (docs/vi/loi.md), or tell the server's administrator."


class Link:
    """One pairing's questions to `server` (http or https address, with the path below which the desk stands).

    Every method raises ServiceUnreachable, PairingRefused, ServerNotKnown, ClockOff, ServerRefused, MessageUnreadable.
    """

    def __init__(
        self, http: Http, server: str, pairing: Pairing, *, now: Callable[[], datetime], nonce: Callable[[], str] = new_nonce
    ) -> None:
        self._http = http
        self._server = server.rstrip("/")
        self._pairing = pairing
        self._now = now
        self._nonce = nonce

    def hello(self, identity: Identity) -> str:
        """Register the certificate; the name that the server gave to this machine."""
        return self._post("/hello", identity_as_dict(identity)).text("name", LONGEST_NAME)

    def take(self, wait: int) -> tuple[Request | None, int]:
        """The oldest request that waits, and after how many seconds to ask again when there is none. wait: seconds that the server
        may take to find one; below the client's own limit."""
        found = self._post("/take", {"wait": wait})
        return Request.read(found.part("request")) if found.has("request") else None, found.whole("again", COME_AGAIN_AT_MOST)

    def wanted(self, key: str) -> bool:
        """Whether a request still waits for its answer."""
        return self._post("/wanted", {"key": key}).truth("wanted")

    def document(self, key: str, number: int, offset: int) -> bytes:
        """A part of the prepared PDF of the request's signature `number`, from 0."""
        return self._ask("GET", f"/document/{key}/{number}/{offset}", b"")

    def answer(self, key: str, signatures: Mapping[str, bytes], refused: Mapping[str, Refusal]) -> Outcome:
        """How the request ended: ANSWERED, or what came before this answer."""
        return outcome_of(self._post("/answer", {"key": key, **answers_as_dict(signatures, refused)}))

    def decline(self, key: str) -> Outcome:
        return outcome_of(self._post("/decline", {"key": key}))

    def _post(self, path: str, said: dict[str, object]) -> Fields:
        return Fields.parse(self._ask("POST", path, message(**said)))

    def _ask(self, method: str, path: str, body: bytes) -> bytes:
        nonce = self._nonce()
        headers = {HEADER: seal_question(self._pairing, method, path, body, now=self._now(), nonce=nonce)}
        if method == "POST":
            reply = self._http.post(self._server + path, body, service=SERVICE, headers={**headers, **_BODY})
        else:
            reply = self._http.get(self._server + path, service=SERVICE, headers=headers)
        if not answer_fits(self._pairing.secret, nonce, reply.status, reply.body, reply.headers.get(HEADER.lower(), "")):
            if reply.status >= 500:  # a web server in between, while ours starts again
                raise ServiceUnreachable(service=SERVICE, why=f"status {reply.status}")
            raise PairingRefused() if reply.status in (403, 404) else ServerNotKnown()
        if reply.status >= 500:
            raise ServiceUnreachable(service=SERVICE, why=f"status {reply.status}")
        if reply.status != 200:
            raise self._error(Fields.parse(reply.body))
        return reply.body

    def _error(self, said: Fields) -> SohoaError:
        error = said.part("error")
        code = error.text("code", 100)
        if code == ClockOff.code:
            return ClockOff(minutes=round(abs((said.moment("now") - self._now()).total_seconds()) / 60))
        return ServerRefused(why=code)
