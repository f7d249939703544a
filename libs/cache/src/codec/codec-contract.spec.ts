import { codecContract, payloadContract } from '../testing/contracts/codec.js';
import type { CodecName } from '../contracts/codec.js';
import { jsonCodec } from './json.js';
import { msgpackCodec } from './msgpack.js';
import { PayloadCodec } from './payload.js';
import { v8Codec } from './v8.js';

const CODECS = { json: jsonCodec, msgpack: msgpackCodec, v8: v8Codec };

for (const [name, codec] of Object.entries(CODECS)) {
  codecContract(`the codec ${name}`, codec);
  for (const compress of [false, true]) {
    const options = {
      codec: name as CodecName,
      compress,
      compressionThreshold: 100,
      maxValueBytes: 1_000_000,
    };
    payloadContract(
      `payloads of ${name}, ${compress ? 'compressed' : 'as they are'}`,
      new PayloadCodec(options),
    );
  }
}
