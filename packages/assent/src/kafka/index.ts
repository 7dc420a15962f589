/** Commands, replies and events over Apache Kafka. Needs its client library: `npm install @platformatic/kafka`. */
export { type KafkaBrokerOptions, kafkaBroker } from '@assent/transport/kafka/broker'
