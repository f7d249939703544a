import { BadRequestException, Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';

/** A route parameter that is a whole number within bounds. */
@Injectable()
export class BoundedIntPipe implements PipeTransform<string, number> {
  constructor(
    private readonly min: number,
    private readonly max: number,
  ) {}

  /** @throws BadRequestException naming the parameter and its bounds. */
  transform(value: string, metadata: ArgumentMetadata): number {
    const number = /^[0-9]{1,10}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= this.min && number <= this.max) return number;
    const name = metadata.data ?? 'The parameter';
    throw new BadRequestException(`${name} must be a whole number from ${this.min} to ${this.max}.`);
  }
}

/** The largest value of a PostgreSQL integer. */
const MAX_INTEGER = 2_147_483_647;

/** The number of a row: of a question or a member. */
export const rowNumber = new BoundedIntPipe(1, MAX_INTEGER);
