import { IsString, Length } from 'class-validator';

/** The body of a renaming. */
export class RenameCommunityDto {
  @IsString()
  @Length(1, 200)
  name!: string;
}
