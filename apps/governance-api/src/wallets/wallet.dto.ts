import { ApiProperty } from '@nestjs/swagger';
import type { WalletOwner } from '@nuthatch/governance';

/** Whose wallet it is, for OpenAPI. */
export class WalletDto implements WalletOwner {
  @ApiProperty({
    description: 'In its canonical form: hex addresses in lower case',
    example: '0xde709f2102306220921060314715629080e2fb77',
  })
  readonly address!: string;
  @ApiProperty({ example: 2 })
  readonly userId!: number;
}
