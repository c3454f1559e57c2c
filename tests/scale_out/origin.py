#!/usr/bin/python3
"""A server that takes 20 ms for a request, and answers which machine of lb has asked, and for whom."""

import asyncio
import sys

DELAY = 0.02


def answer(head: bytes, machine: str) -> bytes:
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n") if b": " in line)
    body = machine.encode() + b" " + fields.get(b"x-forwarded-for", b"nobody")
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    machine = writer.get_extra_info("peername")[0]
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(DELAY)
            writer.write(answer(head, machine))
    except (asyncio.IncompleteReadError, OSError):
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, sys.argv[1], int(sys.argv[2]), backlog=1024)
    await server.serve_forever()


asyncio.run(main())
