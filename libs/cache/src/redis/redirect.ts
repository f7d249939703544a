import { isReply } from './refusals.js';
import { addressOf, nodeName } from './slot-map.js';

/**
 * What a server of a Cluster answers instead of a reply. `moved`: another server owns the slot. `ask`: the slot is on its way
 * to another server and the keys are there, or nowhere. `moving`: some of the keys are there and some are not (TRYAGAIN).
 * `down`: nobody serves the slot (CLUSTERDOWN).
 */
export class Redirect {
  constructor(
    readonly kind: 'moved' | 'ask' | 'moving' | 'down',
    readonly slot = -1,
    /** `host:port` of the other server. */
    readonly node = '',
  ) {}

  /** The redirect that an error reply of the server `asked` is, or `undefined`. */
  static in(error: unknown, asked: string): Redirect | undefined {
    if (!isReply(error)) return undefined;
    const [word, slot, address] = error.message.split(' ');
    if (word === 'TRYAGAIN') return new Redirect('moving');
    if (word === 'CLUSTERDOWN') return new Redirect('down');
    if ((word !== 'MOVED' && word !== 'ASK') || address === undefined) return undefined;
    const { host, port } = addressOf(address);
    const node = nodeName(host, port, addressOf(asked).host);
    return new Redirect(word === 'MOVED' ? 'moved' : 'ask', Number(slot), node);
  }
}
