// node's http server, told to write down what it understood.
//
// usage: node_server.mjs RECORDS

import { openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';

// Octets: in front of text node would turn the fields into UTF-8.
const ANSWER = Buffer.from('hello\n');
const records = openSync(process.argv[2], 'w');
const writeDown = (entry) => writeSync(records, JSON.stringify(entry) + '\n');

function pairs(flat) {
  const list = [];
  for (let i = 0; i < flat.length; i += 2) list.push([flat[i], flat[i + 1]]);
  return list;
}

function serve(request, response) {
  const pieces = [];
  const { socket } = request;
  socket.reading = true;
  const tell = (status) => {
    socket.reading = status === 'cut';
    writeDown({
      status,
      method: request.method,
      target: request.url,
      fields: pairs(request.rawHeaders),
      body: Buffer.concat(pieces).toString('latin1'),
      trailers: pairs(request.rawTrailers),
    });
  };
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    tell('served');
    const echo = request.headers['x-request-tag'] ?? '';
    // After an offer to upgrade node falls silent about what is malformed on that connection.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    response.writeHead(200, { Server: 'node', 'X-Echo': echo, 'Content-Length': ANSWER.length });
    response.end(ANSWER);
  });
  request.on('error', () => tell('cut'));
}

const server = createServer({
  insecureHTTPParser: false, requireHostHeader: true, maxHeaderSize: 65536, keepAliveTimeout: 0,
}, serve);
server.requestTimeout = 0;
server.headersTimeout = 0;
server.maxHeadersCount = 0;
server.on('checkExpectation', serve);
server.on('clientError', (error, socket) => {
  // Within a body the request itself tells that it is cut; before a head nothing was said.
  if (socket.reading || socket.bytesRead === 0) return socket.destroy();
  if (socket.refused) return;  // more of what was refused already
  socket.refused = true;
  const line = error.rawPacket?.toString('latin1').split('\n')[0];
  writeDown({ status: 'refused', why: error.code, line });
  if (socket.writable) {
    const fields = ['Server: node', 'Connection: close', 'Content-Length: 0'];
    socket.end(['HTTP/1.1 400 Bad Request', ...fields, '', ''].join('\r\n'));
  }
});
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
