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
	// healthFailing is said of a server that accepts requests and cannot keep what
	// it is sent.
	healthFailing health = "failing"
)

// SetReady tells /healthz that the COS port accepts requests.
func (h *Handler) SetReady() {
	h.state.Store(healthReady)
	go h.calls() // so that the first call need not wait for it
}

// SetStopping tells /healthz that it accepts no more.
func (h *Handler) SetStopping() { h.state.Store(healthStopping) }

type healthOutput struct {
	Status int
	Body   struct {
		Status   string          `json:"status" enum:"starting,ready,stopping,failing" doc:"What the server is doing. failing: the data folder is gone, its index is damaged, or file descriptors run out; problems says which."`
		Memory   *healthMemory   `json:"memory,omitempty" doc:"What objects take. Not given where they are kept in a folder."`
		Problems []healthProblem `json:"problems,omitempty" doc:"What is wrong: with the process now, and with the data as far as it was met since the start. An object that is damaged does not make the server fail."`
	}
}

// healthMemory is how full a store in memory is.
type healthMemory struct {
	Used int64 `json:"used" doc:"Bytes that objects take now, what is being uploaded included."`
	Max  int64 `json:"max" doc:"Bytes that they may take: the setting max_memory."`
}

// healthProblem is a storage.Problem, or one of the process.
type healthProblem struct {
	What      string `json:"what" doc:"The problem in one sentence."`
	Bucket    string `json:"bucket,omitempty" doc:"The bucket of the object that is damaged."`
	Key       string `json:"key,omitempty"`
	VersionID string `json:"version,omitempty"`
}

func (h *Handler) registerHealth(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: "/healthz", Tags: []string{"health"},
		Summary: "Whether the COS port accepts requests: 200 once it does, 503 before, while stopping, and while the data folder or the process fails",
		Errors:  []int{http.StatusServiceUnavailable},
	}, func(context.Context, *struct{}) (*healthOutput, error) {
		now, problems := h.health()
		out := &healthOutput{Status: http.StatusServiceUnavailable}
		out.Body.Status, out.Body.Problems = string(now), problems
		if used, most := h.emulator.Store().Memory(); most > 0 {
			out.Body.Memory = &healthMemory{Used: used, Max: most}
		}
		if now == healthReady {
			out.Status = http.StatusOK
		}
		return out, nil
	})
}

// health looks at the process and at the store. An object that is damaged is named and no more: the
// others are as good as ever (choice 360).
func (h *Handler) health() (now health, problems []healthProblem) {
	now, _ = h.state.Load().(health)
	fails := func() {
		if now == healthReady {
			now = healthFailing
		}
	}
	if h.options.Problem != nil {
		if what := h.options.Problem(); what != "" {
			problems = append(problems, healthProblem{What: what})
			fails()
		}
	}
	for _, p := range h.emulator.Store().Problems() {
		if p.Failing {
			fails()
		}
		problems = append(problems, healthProblem{What: p.What, Bucket: p.Bucket, Key: p.Key, VersionID: p.VersionID})
	}
	return now, problems
}
