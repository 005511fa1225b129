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
		Status string `json:"status" enum:"starting,ready,stopping" doc:"What the server is doing."`
	}
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
		if now == healthReady {
			out.Status = http.StatusOK
		}
		return out, nil
	})
}
