import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CommunityStrategy, UserStrategy, VotingStrategy } from '@nuthatch/governance';
import { CommunitiesService } from '../communities/communities.service.js';
import { GovernanceDatabase } from '../database/governance-database.js';
import { MembersService } from '../members/members.service.js';
import { QuestionsService } from '../questions/questions.service.js';

/** The pages of all questions that are asked for most. */
const FIRST_PAGES = [1, 2, 3, 4, 5];

/** What is worth having of communities before anybody asks for it. */
@Injectable()
export class WarmCommunities implements OnModuleInit {
  constructor(
    private readonly database: GovernanceDatabase,
    private readonly strategy: CommunityStrategy,
    private readonly service: CommunitiesService,
  ) {}

  onModuleInit(): void {
    const { service } = this;
    const { metadata, configuration, memberCount, members, list } = this.strategy;
    const keys = () => this.ids();
    metadata.warmFrom({ keys, through: (id) => service.findOne(id) });
    configuration.warmFrom({ keys, through: (id) => service.configuration(id) });
    memberCount.warmFrom({ keys, through: (id) => service.memberCount(id) });
    members.warmFrom({ keys, through: (id) => service.members(id) });
    list.warmFrom({ keys: [{}], through: (filter) => service.list(filter) });
  }

  private async ids(): Promise<string[]> {
    const rows = await this.database.db.selectFrom('communities').select('id').orderBy('id').execute();
    return rows.map(({ id }) => id);
  }
}

/** What is worth having of members before anybody asks for it. */
@Injectable()
export class WarmMembers implements OnModuleInit {
  constructor(
    private readonly database: GovernanceDatabase,
    private readonly strategy: UserStrategy,
    private readonly service: MembersService,
  ) {}

  onModuleInit(): void {
    const keys = () => idsOf(this.database, 'members');
    this.strategy.profile.warmFrom({ keys, through: (id) => this.service.findOne(id) });
    this.strategy.memberships.warmFrom({ keys, through: (id) => this.service.memberships(id) });
  }
}

/** What is worth having of questions before anybody asks for it. */
@Injectable()
export class WarmQuestions implements OnModuleInit {
  constructor(
    private readonly database: GovernanceDatabase,
    private readonly strategy: VotingStrategy,
    private readonly service: QuestionsService,
  ) {}

  onModuleInit(): void {
    const pages = FIRST_PAGES.map((page) => ({ page }));
    this.strategy.question.warmFrom({
      keys: () => idsOf(this.database, 'questions'),
      through: (id) => this.service.findOne(id),
    });
    this.strategy.questionList.warmFrom({ keys: pages, through: (filter) => this.service.search(filter) });
  }
}

async function idsOf({ db }: GovernanceDatabase, table: 'members' | 'questions'): Promise<number[]> {
  const rows = await db.selectFrom(table).select('id').orderBy('id').execute();
  return rows.map(({ id }) => id);
}
