/** What communities have agreed on as long as they have not agreed on anything else. */
export const DEFAULT_CONFIGURATION = { visibility: 'public', quorum: 51, votingDays: 7 } as const;
