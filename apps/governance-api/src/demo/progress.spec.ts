import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { showProgress } from './progress.js';

function output(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) > 0 };
}

describe('showProgress', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('redraws a bar on a terminal and leaves it full', () => {
    const terminal = output(true);
    let share = 0.5;
    const finish = showProgress('Replay', () => ({ share, text: '7 requests' }), terminal);
    jest.advanceTimersByTime(200);
    expect(terminal.written.join('')).toContain(
      `\rReplay [${'#'.repeat(15)}${'.'.repeat(15)}] 50 %  7 requests`,
    );
    share = 1.2;
    finish();
    expect(terminal.written.join('')).toContain(`[${'#'.repeat(30)}] 100 %`);
    expect(terminal.written.at(-1)).toBe('\n');
  });

  it('writes a plain line every few seconds elsewhere, and none after the end', () => {
    const file = output(false);
    const finish = showProgress('Replay', () => ({ share: 0.25, text: '7 requests' }), file);
    jest.advanceTimersByTime(6_500);
    expect(file.written).toEqual(['Replay: 25 %, 7 requests\n', 'Replay: 25 %, 7 requests\n']);
    finish();
    jest.advanceTimersByTime(10_000);
    expect(file.written).toHaveLength(3);
  });
});
