package control

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// health is what /healthz says.
type health string

const (
	healthStarting health = "starting"
	healthReady    health = "ready"
	healthStopping health = "stopping"
)

// SetReady tells /healthz that the COS port accepts requests.
func (h *Handler) SetReady() { h.state.Store(healthReady) }

// SetStopping tells /healthz that it accepts no more.
func (h *Handler) SetStopping() { h.state.Store(healthStopping) }

type healthOutput struct {
	Status int
	Body   struct {
		Status string        `json:"status" enum:"starting,ready,stopping" doc:"What the server is doing."`
		Memory *healthMemory `json:"memory,omitempty" doc:"What objects take. Not given where they are kept in a folder."`
	}
}

// healthMemory is how full a store in memory is.
type healthMemory struct {
	Used int64 `json:"used" doc:"Bytes that objects take now, what is being uploaded included."`
	Max  int64 `json:"max" doc:"Bytes that they may take: the setting max_memory."`
}

func (h *Handler) registerHealth(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: "/healthz", Tags: []string{"health"},
		Summary: "Whether the COS port accepts requests: 200 once it does, 503 before and while stopping",
		Errors:  []int{http.StatusServiceUnavailable},
	}, func(context.Context, *struct{}) (*healthOutput, error) {
		now, _ := h.state.Load().(health)
		out := &healthOutput{Status: http.StatusServiceUnavailable}
		out.Body.Status = string(now)
		if used, most := h.emulator.Store().Memory(); most > 0 {
			out.Body.Memory = &healthMemory{Used: used, Max: most}
		}
		if now == healthReady {
			out.Status = http.StatusOK
		}
		return out, nil
	})
}
