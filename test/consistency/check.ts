import { mutatedBy } from '../support/mutation.js';
import { RedisServer } from '../support/redis-server.js';
import { ClusterServers } from './cluster-servers.js';
import type { Wishes } from './command-line.js';
import { Company } from './company.js';
import type { Report } from './findings.js';
import { hasBreach } from './findings.js';
import { unfit } from './fitness.js';
import { History } from './history.js';
import { processIncidents, Scene } from './incident.js';
import type { Backend, Incident } from './incident.js';
import { Misfortune } from './misfortune.js';
import { MUTANTS } from './mutants.js';
import type { Mutant } from './mutants.js';
import { Performance } from './performance.js';
import { Random } from './random.js';
import { usualScenario } from './scenario.js';
import type { Scenario } from './scenario.js';
import { SingleServer } from './single-server.js';

/** A report with what the run was. */
export interface RunReport extends Report {
  readonly seed: number;
  readonly seconds: number;
  readonly processes: number;
  /** Whether a mutant was found out, and after how many seconds. */
  readonly found?: boolean;
  readonly foundAfter?: number;
  /** Milliseconds in which the server may have forgotten what it had acknowledged. */
  readonly failoverWindowMs: number;
  /** What went wrong on purpose, and how often. */
  readonly incidents: Readonly<Record<string, number>>;
  /** What makes the run worthless, whatever it found: it did not look hard enough. */
  readonly unfit: readonly string[];
}

/** Whether a run may count as a success. */
export function isClean(report: RunReport): boolean {
  return !hasBreach(report) && report.unfit.length === 0;
}

/** What a run is made of, as its wishes have it. */
interface Plan {
  readonly scenario: Scenario;
  readonly faulty: boolean;
  /** Incidents by name; default all that the Redis of the run knows. */
  readonly incidents: readonly string[] | undefined;
}

/** Runs the fleet for a while and judges what it saw. */
export async function check(wishes: Wishes): Promise<RunReport> {
  const plan = planOf(wishes);
  const backend = await startBackend(wishes, plan);
  try {
    const database = await RedisServer.start();
    try {
      return await perform(wishes, plan, { backend, database });
    } finally {
      await database.stop();
    }
  } finally {
    await backend.stop();
  }
}

async function perform(
  wishes: Wishes,
  plan: Plan,
  { backend, database }: { backend: Backend; database: RedisServer },
): Promise<RunReport> {
  const { seconds, processes, seed, mutant } = wishes;
  const { scenario } = plan;
  const history = new History();
  const orders = { places: processes, seed, scenario, database: database.url };
  const redisOf: Backend['redisOf'] = (role, place) => backend.redisOf(role, place);
  const company = new Company(
    { ...orders, redisOf },
    history,
    mutatedBy(mutant === undefined ? undefined : MUTANTS[mutant]?.replacements),
  );
  const scene = new Scene(company, processes, new Random(seed));
  const misfortune = () => new Misfortune(scene, plan.faulty ? incidentsOf(plan, backend, scene) : []);
  try {
    const performance = new Performance({ company, history, database, scene, misfortune });
    const { verdict, foundAfter, incidents } = await performance.run(seconds, mutant !== undefined);
    const found = mutant === undefined ? {} : { found: foundAfter !== undefined, foundAfter };
    const lacks = found.found === true ? [] : unfit(verdict, scenario, seconds);
    const failoverWindowMs = Math.round(scene.lapsedMs);
    return { ...verdict, ...found, seed, seconds, processes, failoverWindowMs, incidents, unfit: lacks };
  } finally {
    await company.stop();
  }
}

/** @throws Error for a mutant that there is not. */
function planOf({ mutant, scenario, faults }: Wishes): Plan {
  const name = mutant ?? scenario;
  const usual = usualScenario(faults);
  if (name === undefined) return { scenario: usual, faulty: faults, incidents: undefined };
  const found: Mutant | undefined = MUTANTS[name];
  if (found === undefined)
    throw new Error(`no mutant is named ${name}; there are: ${Object.keys(MUTANTS).join(', ')}`);
  const { incidents } = found;
  return { scenario: { ...usual, ...found.scenario }, faulty: incidents !== undefined, incidents };
}

function startBackend({ cluster, processes }: Wishes, { faulty }: Plan): Promise<Backend> {
  return cluster ? ClusterServers.start(faulty) : SingleServer.start(faulty ? processes : 0);
}

function incidentsOf({ incidents }: Plan, backend: Backend, scene: Scene): readonly Incident[] {
  const known = [...backend.incidents(scene), ...processIncidents(scene)];
  if (incidents === undefined) return known;
  return incidents.map((wanted) => {
    const found = known.find(({ name }) => name === wanted);
    if (found === undefined) throw new Error(`nothing that can happen is named ${wanted}`);
    return found;
  });
}
