declare module 'cluster-key-slot' {
  /** The Cluster slot of a key: of the text between its first braces, if there is any. */
  function keySlot(key: string | Buffer): number;
  export = keySlot;
}
