import { ConflictException, Injectable } from '@nestjs/common';
import { canonicalAddress, user } from '@nuthatch/governance';
import type { WalletOwner } from '@nuthatch/governance';
import { Cacheable, CacheEvict } from 'nuthatch';
import { record } from '../database/events.js';
import { GovernanceDatabase } from '../database/governance-database.js';
import { missingMember } from '../members/assert-member.js';

/** Whose wallets are whose. */
@Injectable()
export class WalletsService {
  constructor(private readonly database: GovernanceDatabase) {}

  /** `null` when it is nobody's. */
  @Cacheable(user.wallet, (address: string) => [canonicalAddress(address)])
  async ownerOf(address: string): Promise<WalletOwner | null> {
    const canonical = canonicalAddress(address);
    const found = await this.database.db
      .selectFrom('wallets')
      .where('address', '=', canonical)
      .select(['address', 'member_id as userId'])
      .executeTakeFirst();
    return found ?? null;
  }

  /** @throws NotFoundException when there is no such member. @throws ConflictException when it is somebody else's. */
  @CacheEvict({
    region: user.wallet,
    key: (_: number, address: string) => [canonicalAddress(address)],
    strict: true,
  })
  @CacheEvict({ region: user.activity, key: (memberId: number) => [memberId] })
  link(memberId: number, address: string): Promise<WalletOwner> {
    const canonical = canonicalAddress(address);
    return this.database.db.transaction().execute(async (transaction) => {
      const member = await transaction
        .selectFrom('members')
        .where('id', '=', memberId)
        .select('id')
        .executeTakeFirst();
      if (!member) return missingMember(memberId);
      const linked = await transaction
        .insertInto('wallets')
        .values({ address: canonical, member_id: memberId })
        .onConflict((conflict) => conflict.doNothing())
        .returning('address')
        .executeTakeFirst();
      if (linked) await record(transaction, { kind: 'linked', memberId });
      const owner = await transaction
        .selectFrom('wallets')
        .where('address', '=', canonical)
        .select('member_id')
        .executeTakeFirst();
      if (owner?.member_id !== memberId) throw new ConflictException("The wallet is somebody else's.");
      return { address: canonical, userId: memberId };
    });
  }

  /** Takes a wallet away from a member, if it is the member's. */
  @CacheEvict({
    region: user.wallet,
    key: (_: number, address: string) => [canonicalAddress(address)],
    strict: true,
  })
  @CacheEvict({ region: user.activity, key: (memberId: number) => [memberId] })
  unlink(memberId: number, address: string): Promise<void> {
    return this.database.db.transaction().execute(async (transaction) => {
      const unlinked = await transaction
        .deleteFrom('wallets')
        .where('address', '=', canonicalAddress(address))
        .where('member_id', '=', memberId)
        .returning('address')
        .executeTakeFirst();
      if (unlinked) await record(transaction, { kind: 'unlinked', memberId });
    });
  }
}
