import { files } from './suites/files';
import { plain } from './suites/ways';

files(plain);
