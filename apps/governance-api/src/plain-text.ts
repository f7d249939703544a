import { BadRequestException, Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { ValidateBy, type ValidationOptions } from 'class-validator';

/** A text as PostgreSQL has them: the character NUL it refuses, in whatever place. */
function isPlainText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0');
}

/** A property that is a text without NUL, so that the database does not have to refuse it. */
export function IsPlainText(options?: ValidationOptions): PropertyDecorator {
  const defaultMessage = () => '$property must be a text without NUL characters';
  return ValidateBy({ name: 'isPlainText', validator: { validate: isPlainText, defaultMessage } }, options);
}

/** A route parameter that is a text without NUL. */
@Injectable()
export class TextPipe implements PipeTransform<string, string> {
  /** @throws BadRequestException naming the parameter. */
  transform(value: string, metadata: ArgumentMetadata): string {
    if (isPlainText(value)) return value;
    throw new BadRequestException(`${metadata.data ?? 'The parameter'} must have no NUL characters.`);
  }
}

/** The id of a row that has a text for one: of a community. */
export const textId = new TextPipe();
