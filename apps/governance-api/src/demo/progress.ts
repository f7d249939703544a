/** What a progress display shows: how far it is, from 0 to 1, and a few words. */
export interface Step {
  readonly share: number;
  readonly text: string;
}

type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;

const BAR_WIDTH = 30;
const REDRAW_MS = 200;
const LINE_MS = 3_000;

/**
 * Shows how far something is: a bar on a terminal, a plain line every few seconds elsewhere.
 * @returns what ends the display.
 */
export function showProgress(title: string, step: () => Step, output: Output = process.stderr): () => void {
  const draw = output.isTTY
    ? () => output.write(`\r${bar(title, step())}\u001b[K`)
    : () => output.write(`${title}: ${percent(step().share)}, ${step().text}\n`);
  const timer = setInterval(draw, output.isTTY ? REDRAW_MS : LINE_MS);
  return () => {
    clearInterval(timer);
    draw();
    if (output.isTTY) output.write('\n');
  };
}

function bar(title: string, { share, text }: Step): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return `${title} [${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${percent(share)}  ${text}`;
}

function percent(share: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, share)) * 100)} %`;
}
