import { deploy } from "./program/deploy.ts";

export default await deploy(import.meta.dirname);
