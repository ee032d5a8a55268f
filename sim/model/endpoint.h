// Endpoints: the balancers that users' requests come to, by number.
//
// What Global Accelerator has (Global Accelerator Developer Guide, "Endpoints for standard
// accelerators", "Endpoint weights"): an endpoint group for each region, with up to ten endpoints:
// load balancers, instances, addresses. Elsewhere each region has one, the entry service's
// balancer. Modelled: load balancers. Left out: instances and addresses as endpoints, more than 16
// endpoints in all, endpoints of other accounts, one group for each range of ports. Knobs:
// endpoints.
//
// How it is computed: endpoint r < n_regions is region r's own: the entry's balancer, or the first
// of its group's endpoints when the entry is none of them; further ones follow in the order of the
// records. So a number of four bits says where a connection goes, in any design.
#pragma once

#include <stdint.h>

#include "model/topology.h"

struct model;

enum { ENDPOINT_NONE = 255 };

struct endpoints {
    uint8_t n; // of numbers; those of regions without an endpoint are not used
    uint8_t region[TOPOLOGY_MAX_ENDPOINTS];
    uint8_t weight[TOPOLOGY_MAX_ENDPOINTS];
    uint8_t check[TOPOLOGY_MAX_ENDPOINTS];  // of its own, or CHECK_NONE
    uint16_t members[TOPOLOGY_MAX_REGIONS]; // bit sets of a region's
    // For results: the region's name, or region/service where it has several; NULL: not used.
    const char *label[TOPOLOGY_MAX_ENDPOINTS];
    uint8_t *of_balancer; // [index] its number, or ENDPOINT_NONE
};

// After the LPs are numbered and placed.
void endpoint_compile(struct model *m);
// The number of a service's endpoint in a region (service -1: the region's own), or ENDPOINT_NONE.
uint8_t endpoint_find(const struct model *m, int service, int region);
// The service whose balancer it is.
int endpoint_service(const struct model *m, uint8_t endpoint);
// For journals: the region's name for its own endpoint, the balancer's for others.
const char *endpoint_name(const struct model *m, uint8_t endpoint);
