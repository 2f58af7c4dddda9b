import { deploy } from "./components/program.ts";

export default await deploy(import.meta.dirname);
