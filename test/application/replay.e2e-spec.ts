import { describe, expect, it } from '@jest/globals';
import { COURSES } from '../replay/courses.js';
import { replay } from '../replay/replay.js';

/** A small part of `npm run check:replay`. */
const EXTENT = { questions: 12, checkpoint: 500, seed: 109 };
const PATIENCE_MS = 180_000;

describe('Votes that are replayed through four instances', () => {
  it.each(COURSES)(
    'are answered as they were sent, none lost and none counted twice: $name',
    async (course) => {
      const kills = Math.min(course.kills, 1);
      const { wrong, examples, unfit } = await replay({ ...course, kills }, EXTENT);
      expect({ wrong, examples, unfit }).toEqual({ wrong: 0, examples: [], unfit: [] });
    },
    PATIENCE_MS,
  );
});
