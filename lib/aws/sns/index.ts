export { Topic, type TopicProps } from "./topic.ts";
