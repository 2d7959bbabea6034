"""Celery as a doorbell: a message says that a paper waits, never which. The table says which, and who has it.

So nothing is lost with a broker, nothing is done twice for a message that came twice, and the order is the table's on every broker:
whoever is rung takes the paper that comes first. beat.py rings; it keeps as many rings at the broker as papers wait, up to a few hundred.

Messages are therefore acknowledged before the work (a ring that died with its worker is rung again because its paper still waits), need
not survive the broker, and carry nothing. Measured reasons: docs/adr/0021-the-broker-is-a-doorbell.md.
"""

from __future__ import annotations

import logging
import mmap
import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from celery import Celery, signals
from celery.exceptions import OperationalError, SecurityWarning
from django.db import connections
from kombu import Exchange, Queue
from kombu.exceptions import KombuError

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.memory import share_one_heap
from sohoa.pipeline.dispatch.bench import Bench
from sohoa.pipeline.dispatch.lanes import ALL, Lane
from sohoa.pipeline.dispatch.worker import Hands, at_work, die_with_parent

TASK = "sohoa.a_paper_waits"
EXCHANGE = Exchange("sohoa", type="direct", durable=True)
# A process is replaced after so many papers, or once it holds so much memory (KiB): libraries leak.
PAPERS_PER_CHILD, MEMORY_PER_CHILD = 200, 900_000

log = logging.getLogger("sohoa")


class BrokerUnreachable(SohoaError):
    code, exit_code = "pipeline.broker_unreachable", Exit.UNREACHABLE
    vi = "Không liên lạc được với máy chủ hàng đợi (SOHOA_BROKER_URL)."
    en = "The broker (SOHOA_BROKER_URL) does not answer."
    remedy = "Kiểm tra Redis hoặc RabbitMQ có đang chạy; giấy tờ vẫn nằm trong sổ và được làm tiếp khi máy chủ trở lại."
    remedy_en = "See whether Redis or RabbitMQ runs; the papers are in the table and go on when it is back."


def queue_of(lane: Lane) -> Queue:
    return Queue(lane.name, EXCHANGE, routing_key=lane.name, durable=True)


def app_for(broker: str) -> Celery:
    app = Celery("sohoa", broker=broker, set_as_current=False)
    app.conf.update(
        task_queues=[queue_of(lane) for lane in ALL],
        task_create_missing_queues=False,
        task_default_queue=ALL[-1].name,
        task_ignore_result=True,
        task_default_delivery_mode="transient",
        task_acks_late=False,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=PAPERS_PER_CHILD,
        worker_max_memory_per_child=MEMORY_PER_CHILD,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        broker_connection_timeout=4,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_heartbeat=30,
        # A ring kept by a worker that was killed is worth nothing; the queues are looked at in the order they are named.
        broker_transport_options=(
            {"visibility_timeout": 3600, "queue_order_strategy": "priority", "socket_timeout": 10, "socket_connect_timeout": 4}
            if broker.startswith("redis")
            else {}
        ),
    )
    return app


@contextmanager
def rings(app: Celery) -> Iterator[Rings]:
    """Raises BrokerUnreachable, here and when it is used."""
    with _told(), app.connection_for_write(connect_timeout=4) as connection:
        connection.ensure_connection(max_retries=1, timeout=4)
        yield Rings(app, connection)


class Rings:
    def __init__(self, app: Celery, connection: object) -> None:
        self._app, self._connection = app, connection

    def top_up(self, lane: Lane, wanted: int) -> int:
        """Make it `wanted` rings that wait in the lane's queue; how many were added."""
        with _told():
            queue = queue_of(lane).bind(self._connection.channel())
            try:
                queue.declare()
                waiting = queue.queue_declare(nowait=False).message_count
                for _ in range(waiting, wanted):
                    self._app.send_task(
                        TASK, args=[lane.name], queue=lane.name, connection=self._connection, ignore_result=True, retry=False
                    )
            finally:
                queue.channel.close()
        return max(0, wanted - waiting)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (OSError, KombuError, OperationalError) as failure:
        raise BrokerUnreachable() from failure
    except Exception as failure:
        # redis and amqp each have a family of their own for a line that is cut.
        if type(failure).__module__.split(".")[0] in ("redis", "amqp", "kombu"):
            raise BrokerUnreachable() from failure
        raise


class Draining:
    """One byte that a worker and its children share: set when the worker is asked to stop."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1)

    def begin(self) -> None:
        self._shared[0] = 1

    def has_begun(self) -> bool:
        return bool(self._shared[0])


def serve(app: Celery, bench: Bench, lanes: tuple[Lane, ...], *, processes: int) -> int:
    """Be a Celery worker until asked to stop (SIGTERM: the page in hand is finished); gives its exit status."""
    draining, opened = Draining(), ExitStack()
    hands: list[Hands] = []
    parent = os.getpid()

    @app.task(name=TASK, ignore_result=True)
    def a_paper_waits(_lane: str) -> None:
        # Any paper of the lanes we serve, the most urgent first; the ring only woke us. None is left: it was rung for twice.
        if not draining.has_begun():
            hands[0].one_paper(lanes)

    def begin_child(**_: object) -> None:
        die_with_parent(parent)
        # A service manager tells the whole family at once.
        signal.signal(signal.SIGTERM, lambda *_: draining.begin())
        share_one_heap()
        connections.close_all()
        try:
            hands.append(opened.enter_context(at_work(bench, go_on=lambda: not draining.has_begun())))
        except Exception as failure:  # Celery would go on with a child that can do nothing
            log.error("a worker process could not begin: %s", type(failure).__name__)
            os._exit(1)

    def end_child(**_: object) -> None:
        opened.close()

    def drain(**_: object) -> None:
        draining.begin()

    # weak: Celery keeps only a weak reference to a handler, and these are closures.
    signals.worker_process_init.connect(begin_child, weak=False)
    signals.worker_process_shutdown.connect(end_child, weak=False)
    signals.worker_shutting_down.connect(drain, weak=False)
    warnings.filterwarnings("ignore", category=SecurityWarning)  # about root; our messages carry nothing that could be abused
    connections.close_all()  # a child would share the line
    worker = app.Worker(
        concurrency=processes,
        pool="prefork",
        queues=[lane.name for lane in lanes],
        hostname=f"sohoa-{parent}@%h",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
        loglevel="WARNING",
    )
    worker.start()
    return int(worker.exitcode or 0)
