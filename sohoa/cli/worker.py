"""`sohoa worker` and `sohoa beat`: the long-running parts that carry papers while others bring them in."""

from __future__ import annotations

from typing import Annotated

import typer

from sohoa.cli.output import people
from sohoa.cli.stopping import asked_to_stop
from sohoa.cli.workplace import with_bench, with_catalogue
from sohoa.pipeline.dispatch.lanes import lanes_named


def worker(
    jobs: Annotated[int, typer.Option(min=0, help="Số giấy tờ làm cùng lúc; 0: mỗi nhân máy một giấy tờ.")] = 0,
    queues: Annotated[
        str, typer.Option(help="Chỉ nhận các hàng việc này: read, finish, counter, backlog, read.counter… Bỏ trống: tất cả.")
    ] = "",
) -> None:
    """Chạy lâu dài: đọc, ký và lưu kho những giấy tờ đang chờ trong sổ.

    Có SOHOA_BROKER_URL thì chờ chuông của Redis hoặc RabbitMQ («sohoa beat» rung chuông; chạy được nhiều máy). Không có thì tự nhìn
    sổ, tự trông nom, không cần gì thêm. SIGTERM hoặc Ctrl-C: làm xong trang đang đọc rồi dừng, giấy tờ đang dở được trả lại hàng chờ.

    \b
    Ví dụ:
      sohoa worker
      sohoa worker --jobs 4 --queues counter
      sohoa worker --queues finish        # máy có cắm USB Token
    """
    lanes = lanes_named(queues)
    here = with_catalogue()
    jobs = jobs or here.jobs
    with with_bench(here, jobs) as bench:
        people.print(f"Đang chờ giấy tờ, {jobs} việc cùng lúc. Ctrl-C để dừng.")
        if here.broker:
            # Celery takes a second to import, which nobody else should wait for.
            from sohoa.pipeline.dispatch.celery import app_for, serve

            status = serve(app_for(here.broker), bench, lanes, processes=jobs)
        else:
            from sohoa.pipeline.dispatch.standing import work_here

            with asked_to_stop() as asked:
                work_here(bench, lanes, stop=asked.wait)
            status = 0
    people.print("Đã dừng; giấy tờ đang dở sẽ được làm tiếp.")
    raise typer.Exit(status)


def beat() -> None:
    """Trông nom hàng việc: rung chuông cho «sohoa worker», trả lại giấy tờ của tiến trình đã chết, thử lại việc đang chờ, chốt nhật ký.

    Cả cơ quan chỉ cần một; chạy thêm một ở máy khác để dự phòng cũng được, chúng tự nhường nhau.

    \b
    Ví dụ:
      sohoa beat
    """
    here = with_catalogue()
    from sohoa.pipeline.dispatch.beat import beat as go_on
    from sohoa.pipeline.dispatch.celery import app_for

    with with_bench(here, here.jobs) as bench, asked_to_stop() as asked:
        people.print("Đang trông nom hàng việc. Ctrl-C để dừng.")
        go_on(app_for(here.broker) if here.broker else None, bench, stop=asked.wait)
    people.print("Đã dừng.")


def add_to(app: typer.Typer) -> None:
    app.command()(worker)
    app.command()(beat)
