import { writeFileSync } from 'node:fs';

/**
 * The jest reporter that counts the run in one line, `N passed, N failed`.
 * With NUTHATCH_TALLY_FILE it hands the two numbers over in that file and prints nothing: `npm test` adds its
 * own checks to them and prints the line itself.
 */
export default class TallyReporter {
  onRunComplete(_contexts, results) {
    const tally = {
      passed: results.numPassedTests,
      // A file that could not be loaded, or whose afterAll threw, has no failed test to count: it counts itself.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    };
    const file = process.env.NUTHATCH_TALLY_FILE;
    if (file) writeFileSync(file, JSON.stringify(tally));
    // Jest writes its summary after the reporters of the configuration, wherever they stand in it.
    else process.once('exit', () => console.log(`${tally.passed} passed, ${tally.failed} failed`));
  }
}
