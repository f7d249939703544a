import { Injectable } from '@nestjs/common';
import { CacheEvict, StrategyOf, worstOutcome } from 'nuthatch';
import type { AnyTarget, Change, Contribution, InvalidationOutcome } from 'nuthatch';
import { countsOfTallies, deltasOf, talliesOf, totalsOf } from './tally.js';
import type { Tally } from './tally.js';
import { together } from '../together.js';
import type { Bar } from '../together.js';
import { QUESTION_LISTS, questionTag, voting } from './voting.regions.js';
import type { Ballot, KeptVote, Score, Totals } from './voting.types.js';

type Work<T> = () => Promise<T>;

/** The cache of a voting: questions, votes, and whatever follows from votes. Each count and score is right as soon as a vote is acknowledged. */
@Injectable()
export class VotingStrategy extends StrategyOf(voting) {
  /** The votes on a question, as finely as they are counted; `count` counts them in the database. */
  async talliesOf(questionId: number, count: Work<readonly Tally[]>): Promise<readonly Tally[]> {
    return talliesOf(await this.tally.counts([questionId], async () => countsOfTallies(await count())));
  }

  /** The votes of a member, over all questions. */
  async totalsOfMember(memberId: number, count: Work<Totals>): Promise<Totals> {
    return totalsOf(await this.memberTally.counts([memberId], async () => ({ ...(await count()) })));
  }

  /** The votes on a community's questions. */
  async totalsOfCommunity(communityId: string, count: Work<Totals>): Promise<Totals> {
    return totalsOf(await this.communityTally.counts([communityId], async () => ({ ...(await count()) })));
  }

  /** The questions with the highest scores now; `contributions` gives each vote, or their sum for each question, by its id. */
  async trendingOf(
    communityId: string,
    limit: number,
    contributions: Work<readonly Contribution[]>,
  ): Promise<Score[]> {
    const top = await this.trending.top([communityId], contributions, { limit });
    return top.map(({ member, score }) => ({ questionId: Number(member), score }));
  }

  /**
   * Runs `work`, which writes a vote to the database and says what it replaced, and adds that to whatever counts it. When this
   * resolves the vote is in there once, for every instance, also when it was sent again because nobody heard what became of it.
   */
  cast<T extends KeptVote>(ballot: Ballot, work: Work<T>): Promise<T> {
    const targets = targetsOf(ballot);
    const subject = `vote of member ${ballot.memberId} on question ${ballot.questionId}`;
    const counting: Bar<T> = (inside) =>
      this.change(Object.values(targets), { subject }, async (change) => {
        const vote = await inside();
        if (vote.counted) record(change, targets, vote);
        return vote;
      });
    return together([counting, (inside) => this.writeVote(ballot, inside)], work);
  }

  /** The same for several votes that are written together, in one transaction: whatever counts them is counted anew. */
  castAll<T>(ballots: readonly Ballot[], work: Work<T>): Promise<T> {
    const concerned = concernedBy(ballots);
    const counting: Bar<T> = (inside) =>
      this.change(concerned, { subject: 'several votes' }, async (change) => {
        // before the database: one of the votes may be sent again alone while nobody knows what became of all
        await Promise.all(this.drops(concerned));
        const kept = await inside();
        for (const target of concerned) change.recount(target);
        return kept;
      });
    return together(
      [
        counting,
        ...ballots.map(
          (one): Bar<T> =>
            (inside) =>
              this.barVote(one, inside),
        ),
      ],
      work,
    );
  }

  /** Votes were repaired past `cast`: they are forgotten, and whatever counts them is counted anew. */
  async forget(ballots: readonly Ballot[]): Promise<InvalidationOutcome> {
    return worstOutcome(
      await Promise.all([
        this.vote.evictMany(ballots.map(({ questionId, memberId }) => [questionId, memberId])),
        ...this.drops(concernedBy(ballots)),
      ]),
    );
  }

  /** A question was put, changed or withdrawn: it is forgotten, and every list of questions. */
  questionChanged(questionId: number): Promise<InvalidationOutcome> {
    return this.invalidateTags(questionTag(questionId), QUESTION_LISTS);
  }

  /** Writes a vote through: who reads it next finds it, without a question to the database. */
  private async writeVote<T extends KeptVote>({ questionId, memberId }: Ballot, work: Work<T>): Promise<T> {
    const kept: T[] = [];
    await this.vote.write([questionId, memberId], async () => {
      const answer = await work();
      kept.push(answer);
      const { position, castAt } = answer;
      return { questionId, memberId, position, castAt };
    });
    return kept[0] as T;
  }

  @CacheEvict({
    region: voting.vote,
    key: ({ questionId, memberId }: Ballot) => [questionId, memberId],
    strict: true,
  })
  private barVote<T>(_ballot: Ballot, work: Work<T>): Promise<T> {
    return work();
  }

  private drops(targets: readonly AnyTarget[]): Promise<InvalidationOutcome>[] {
    return targets.map(({ structure, args }) => this.methodsOf(structure).drop(...args));
  }
}

/** Whatever counts a vote. */
function targetsOf({ questionId, communityId, memberId }: Ballot) {
  return {
    tally: voting.tally.at(questionId),
    member: voting.memberTally.at(memberId),
    community: voting.communityTally.at(communityId),
    trending: voting.trending.at(communityId),
  };
}

/** Whatever counts some of these votes, each once. */
function concernedBy(ballots: readonly Ballot[]): AnyTarget[] {
  const each = <T>(idOf: (ballot: Ballot) => T) => [...new Set(ballots.map(idOf))];
  return [
    ...each(({ questionId }) => questionId).map((id) => voting.tally.at(id)),
    ...each(({ memberId }) => memberId).map((id) => voting.memberTally.at(id)),
    ...each(({ communityId }) => communityId).flatMap((id) => [
      voting.communityTally.at(id),
      voting.trending.at(id),
    ]),
  ];
}

function record(change: Change, targets: ReturnType<typeof targetsOf>, vote: KeptVote): void {
  const { tally, totals } = deltasOf(vote);
  change.add(targets.tally, tally);
  change.add(targets.member, totals);
  change.add(targets.community, totals);
  if (vote.previous === null)
    change.bump(targets.trending, { member: String(vote.questionId), at: new Date(vote.castAt) });
}
