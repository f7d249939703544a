import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';
import { canonicalAddress } from '@nuthatch/governance';

/** What addresses of either kind consist of. */
const ADDRESS = /^[0-9A-Za-z]{1,128}$/;

/** A route parameter that is the address of a wallet, in its canonical form. */
@Injectable()
export class AddressPipe implements PipeTransform<string, string> {
  /** @throws BadRequestException */
  transform(value: string): string {
    if (ADDRESS.test(value)) return canonicalAddress(value);
    throw new BadRequestException('An address has 1 to 128 letters and digits.');
  }
}
