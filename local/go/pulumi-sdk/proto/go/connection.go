package pulumirpc

import "google.golang.org/grpc"

// ConnectionOf returns what a client of the resource monitor sends its requests over.
func ConnectionOf(client ResourceMonitorClient) (grpc.ClientConnInterface, bool) {
	known, ok := client.(*resourceMonitorClient)
	if !ok {
		return nil, false
	}
	return known.cc, true
}
