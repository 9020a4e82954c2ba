#include "http/app/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

namespace hansard {

namespace {

using prometheus::Histogram;

const Histogram::BucketBoundaries fine_seconds{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
    0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
const Histogram::BucketBoundaries coarse_seconds{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
    0.5,   1,      2.5,   5,    10,    30,   60,  300};

/// The methods that get a label of their own: a client must not be able to make
/// labels.
std::string method_label(std::string_view method) {
  for (auto known :
       {"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
    if (method == known)
      return known;
  return "other";
}

} // namespace

struct http_metrics::impl {
  explicit impl(std::shared_ptr<prometheus::Registry> r)
      : registry(std::move(r)),
        requests(prometheus::BuildCounter()
                     .Name("hansard_http_requests_total")
                     .Help("Requests that have ended.")
                     .Register(*registry)),
        durations(
            prometheus::BuildHistogram()
                .Name("hansard_http_request_duration_seconds")
                .Help("From the head of a request to the end of its answer.")
                .Register(*registry)),
        connections(prometheus::BuildGauge()
                        .Name("hansard_http_connections")
                        .Help("Open client connections.")
                        .Register(*registry)
                        .Add({})),
        streams(prometheus::BuildGauge()
                    .Name("hansard_http_streams")
                    .Help("Open chat streams.")
                    .Register(*registry)
                    .Add({})),
        first_token(
            prometheus::BuildHistogram()
                .Name("hansard_http_time_to_first_token_seconds")
                .Help(
                    "From the head of a chat request to its first token on the "
                    "socket.")
                .Register(*registry)
                .Add({}, fine_seconds)),
        added_latency(
            prometheus::BuildHistogram()
                .Name("hansard_http_added_latency_seconds")
                .Help("From a token's arrival here to the client's socket, the "
                      "oldest token of each write.")
                .Register(*registry)
                .Add({}, fine_seconds)) {}

  std::shared_ptr<prometheus::Registry> registry;
  prometheus::Family<prometheus::Counter>& requests;
  prometheus::Family<Histogram>& durations;
  prometheus::Gauge& connections;
  prometheus::Gauge& streams;
  Histogram& first_token;
  Histogram& added_latency;
};

http_metrics::http_metrics(std::shared_ptr<prometheus::Registry> registry)
    : impl_(std::make_unique<impl>(std::move(registry))) {}

http_metrics::~http_metrics() = default;

void http_metrics::request_ended(
    std::string_view method, std::string_view route, unsigned status,
    double seconds) {
  std::string path(route);
  impl_->requests
      .Add(
          {{"method", method_label(method)},
           {"route", path},
           {"status", std::to_string(status)}})
      .Increment();
  impl_->durations.Add({{"route", path}}, coarse_seconds).Observe(seconds);
}

void http_metrics::connection_opened() { impl_->connections.Increment(); }
void http_metrics::connection_closed() { impl_->connections.Decrement(); }
void http_metrics::stream_opened() { impl_->streams.Increment(); }
void http_metrics::stream_closed() { impl_->streams.Decrement(); }

void http_metrics::first_token(double seconds) {
  impl_->first_token.Observe(seconds);
}

void http_metrics::token_sent(double seconds) {
  impl_->added_latency.Observe(seconds);
}

std::string http_metrics::text() const {
  return prometheus::TextSerializer{}.Serialize(impl_->registry->Collect());
}

} // namespace hansard
