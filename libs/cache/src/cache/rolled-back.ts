import type { Reporter } from '../contracts/events.js';
import { UserFault, atOnce, faultOf } from '../contracts/user-fault.js';

type RolledBack = (error: unknown) => boolean;

/**
 * The user's `rolledBack` with its errors said once. A function that does not answer leaves it open what became of the
 * transaction, and everything that was to be undone is undone.
 */
export function guardedRolledBack(rolledBack: RolledBack, where: string, reporter: Reporter): RolledBack {
  return (error) => {
    try {
      const answer = atOnce(rolledBack(error));
      if (typeof answer === 'boolean') return answer;
      throw new UserFault('did not return true or false');
    } catch (fault) {
      const message = `rolledBack of ${where} ${faultOf(fault)}; what the unit invalidated is sent all the same`;
      reporter.once(`option:${where}:rolledBack`, message);
      return false;
    }
  };
}
