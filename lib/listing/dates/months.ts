// Names and abbreviations as servers write them, in lower case and without a last full stop:
// English, German, French, Italian, Spanish, Portuguese, Catalan, Dutch, Danish, Norwegian,
// Swedish, Finnish, Polish, Czech, Hungarian, Romanian, Turkish, Slovenian, Croatian, Greek,
// Russian, Ukrainian. A name that means different months in different languages (`jui`, `lis`,
// `srp`) is left out.
const NAMES: readonly string[] = [
  'jan january jän januar jänner janv janvier gen gennaio gener ene enero janeiro januari tammi tam tammikuu tammik sty stycznia led ledna ian ianuarie oca ocak sij siječnja ιαν ιανουαρίου янв января январь січ січня',
  'feb february februar fév fev févr fevr février febbraio febrero fevereiro febr februari helmi hel helmikuu helmik lut lutego úno února február şub şubat velj veljače φεβ φεβρουαρίου фев февр февраля февраль лют лютого',
  'mar march mär mrz märz maerz mars marzo març mzo março mrt maart marts maalis maaliskuu maalisk marca bře března márc március martie mart ožu ožujka μαρ μαρτίου мар марта март бер березня',
  'apr april avr avril aprile abr abril huhti huh huhtikuu huhtik kwi kwietnia dub dubna ápr április aprilie nis nisan tra travnja απρ απριλίου апр апреля апрель кві квітня',
  'may mai mag maggio maig mayo maio mei maj touko tou toukokuu toukok maja kvě května máj május mayıs svi svibnja μαΐ μαϊ μαΐου май мая тра травня',
  'jun june juni juin giu giugno juny junio junho kesä kes kesäkuu kesäk cze czerwca čer června jún június iun iunie haz haziran lipnja ιουν ιουνίου июн июня июнь чер червня',
  'jul july juli juil juillet lug luglio juliol julio julho heinä hei heinäkuu heinäk lip lipca čvc července júl július iul iulie tem temmuz srpnja ιουλ ιουλίου июл июля июль лип липня',
  'aug august aoû août aout ago agosto agost agto augustus augusti elo elokuu elok sie sierpnia srpna augusztus ağu ağustos avg avgust kol kolovoza αυγ αυγούστου авг августа август сер серпня',
  'sep sept september septembre set sett settembre septiembre sepbre setembro setembre syys syy syyskuu syysk wrz września zář září szept szeptember septembrie eyl eylül ruj rujna σεπ σεπτεμβρίου сен сент сентября сентябрь вер вересня',
  'oct october okt oktober octobre ott ottobre octubre out outubro loka lok lokakuu lokak paź października říj října október octombrie eki ekim οκτ οκτωβρίου окт октября октябрь жов жовтня',
  'nov november novembre noviembre novembro marras marraskuu marrask noviembr novbre noiembrie kas kasım stu studenoga νοε νοεμβρίου ноя нояб ноября ноябрь листопада',
  'dec december dez dezember déc décembre dic dicembre diciembre dezembro des desember desembre joulu jou joulukuu jouluk gru grudnia pro prosince decembrie ara aralık pros prosinca δεκ δεκεμβρίου дек декабря декабрь гру грудня',
];

let months: Map<string, number> | undefined; // created on first use
const MAX_LENGTH = 16;

/**
 * Returns the month, from 0, of an English abbreviation at this index. It is the usual case, and
 * needs no string.
 */
export function englishMonth(line: string, at: number): number | undefined {
  const first = line.charCodeAt(at) | 0x20;
  const second = line.charCodeAt(at + 1) | 0x20;
  const third = line.charCodeAt(at + 2) | 0x20;
  if (first > 0x7f || second > 0x7f || third > 0x7f) return undefined;
  switch (first * 0x10000 + second * 0x100 + third) {
    case 0x6a616e:
      return 0; // jan
    case 0x666562:
      return 1;
    case 0x6d6172:
      return 2;
    case 0x617072:
      return 3;
    case 0x6d6179:
      return 4;
    case 0x6a756e:
      return 5;
    case 0x6a756c:
      return 6;
    case 0x617567:
      return 7;
    case 0x736570:
      return 8;
    case 0x6f6374:
      return 9;
    case 0x6e6f76:
      return 10;
    case 0x646563:
      return 11; // dec
    default:
      return undefined;
  }
}

/** Returns the month, from 0, of a name in any of these languages; else `undefined`. */
export function monthNamed(name: string): number | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  months ??= new Map(
    NAMES.flatMap((names, month) => names.split(' ').map((name) => [name, month] as const)),
  );
  return months.get(
    name
      .normalize('NFC')
      .toLowerCase()
      .replace(/[.,]{1,2}$/, ''),
  );
}
