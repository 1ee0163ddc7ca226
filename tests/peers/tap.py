"""Stands between `pogo run` and a served bench, and counts the program messages that pass.

Reads the fixture IN, listens on a port of its own for every address in it, writes the fixture OUT
with those ports, and passes bytes on until it is ended; then writes the counts, one line per port
of the bench: port, connections, messages sent, messages received.
"""

import asyncio
import collections
import os
import re
import signal
import sys

fixture, tapped, counts_file = sys.argv[1:]
counts = collections.defaultdict(lambda: [0, 0, 0])
SOCKET = re.compile(r"127\.0\.0\.1::(\d+)::SOCKET")


async def pass_on(reader, writer, count, which):
    try:
        while data := await reader.read(65536):
            count[which] += data.count(b"\n")
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def main():
    text = open(fixture).read()
    for port in sorted(set(map(int, SOCKET.findall(text)))):

        async def serve(reader, writer, port=port):
            count = counts[port]
            count[0] += 1
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(
                pass_on(reader, there_writer, count, 1), pass_on(there_reader, writer, count, 2)
            )

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        mine = server.sockets[0].getsockname()[1]
        text = text.replace(f"127.0.0.1::{port}::SOCKET", f"127.0.0.1::{mine}::SOCKET")
    with open(tapped + ".part", "w") as out:
        out.write(text)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    os.rename(tapped + ".part", tapped)
    await ended.wait()
    with open(counts_file, "w") as out:
        for port, count in sorted(counts.items()):
            print(port, *count, file=out)


asyncio.run(main())
