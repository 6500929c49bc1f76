/**
 * Display names of the regions of Azure's public cloud as of 2026, restricted and announced ones included.
 *
 * https://learn.microsoft.com/azure/reliability/regions-list and the regional service tags of
 * https://www.microsoft.com/download/details.aspx?id=56519
 */
const PUBLIC_REGIONS = [
  ...['Australia Central', 'Australia Central 2', 'Australia East', 'Australia Southeast', 'New Zealand North'],
  ...['Austria East', 'Belgium Central', 'Denmark East', 'Finland Central', 'France Central', 'France South'],
  ...['Germany North', 'Germany West Central', 'Greece Central', 'Italy North', 'North Europe', 'Norway East'],
  ...['Norway West', 'Poland Central', 'Spain Central', 'Sweden Central', 'Sweden South', 'Switzerland North'],
  ...['Switzerland West', 'UK South', 'UK West', 'West Europe'],
  ...['Brazil South', 'Brazil Southeast', 'Canada Central', 'Canada East', 'Chile Central', 'Mexico Central'],
  ...['Central US', 'Central US EUAP', 'East US', 'East US 2', 'East US 2 EUAP', 'East US 3', 'North Central US'],
  ...['Northeast US 5', 'South Central US', 'South Central US 2', 'Southeast US', 'Southeast US 3', 'Southeast US 5'],
  ...['Southwest US', 'West Central US', 'West US', 'West US 2', 'West US 3'],
  ...['Central India', 'India South Central', 'Jio India Central', 'Jio India West', 'South India', 'West India'],
  ...['East Asia', 'Indonesia Central', 'Japan East', 'Japan West', 'Korea Central', 'Korea South'],
  ...['Malaysia South', 'Malaysia West', 'Southeast Asia', 'Taiwan North', 'Taiwan Northwest'],
  ...['Israel Central', 'Israel Northwest', 'Qatar Central', 'Saudi Arabia East', 'UAE Central', 'UAE North'],
  ...['South Africa North', 'South Africa West'],
];

const PUBLIC_NAMES: ReadonlySet<string> = new Set(PUBLIC_REGIONS.map(lettersOf));

/** A region younger than the table, or of another cloud; the longest name that is known has 18 letters. */
const REGION_NAME = /^[a-z][a-z0-9]{0,63}$/;

/**
 * Reads the name of a region, `West Europe` or `westeurope`, whatever its case, blanks and dashes.
 *
 * A name that is not in the table is taken as written, in lower case without blanks, if it has the form of a region's
 * name: new regions must not wait for a release. Whether it is one of ours is for the caller to know.
 *
 * @returns `westeurope`; undefined for `Global`, which is no region, and for anything else.
 */
export function parseRegion(written: string): string | undefined {
  const letters = lettersOf(written);
  if (PUBLIC_NAMES.has(letters)) {
    return letters;
  }
  const name = written.toLowerCase().replaceAll(/\s/g, '');
  return REGION_NAME.test(name) && !isGlobalRegion(name) ? name : undefined;
}

/** Says whether a name, in either form, is in the table: service health speaks of regions by their display names. */
export function isListedRegion(written: string): boolean {
  return PUBLIC_NAMES.has(lettersOf(written));
}

/** Says whether it is the word for services that have no region, such as Front Door. */
export function isGlobalRegion(written: string): boolean {
  return written.trim().toLowerCase() === 'global';
}

function lettersOf(written: string): string {
  return written.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
