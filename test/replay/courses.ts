import type { Course } from './replay.js';

/** Everything that a legislature's votes are replayed through. */
export const COURSES: readonly Course[] = [
  { name: 'steady', about: 'four instances, some votes twice and some changed', kills: 0 },
  { name: 'killed', about: 'the same, while one instance after the other is killed and replaced', kills: 3 },
];
