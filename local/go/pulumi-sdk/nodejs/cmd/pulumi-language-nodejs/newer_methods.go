package main

import (
	"context"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Requests to the resource monitor that came after this language host, which stands between the engine and the program
// and refuses what it does not know.
var newerMethods = []string{
	"GetDeploymentInfo",
	"RegisterErrorHook",
	"RegisterPackage",
	"RegisterResourceHook",
	"RegisterStackInvokeTransform",
	"RegisterStackTransform",
	"SignalAndWaitForShutdown",
}

func init() {
	for _, method := range newerMethods {
		pulumirpc.ResourceMonitor_ServiceDesc.Methods = append(pulumirpc.ResourceMonitor_ServiceDesc.Methods, forward(method))
	}
}

// forward hands a request on as it is: a message of no fields keeps those that it does not know.
func forward(method string) grpc.MethodDesc {
	handle := func(srv any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		request, response := new(emptypb.Empty), new(emptypb.Empty)
		if err := decode(request); err != nil {
			return nil, err
		}
		engine, ok := pulumirpc.ConnectionOf(srv.(*monitorProxy).target)
		if !ok {
			return nil, status.Error(codes.Unimplemented, method)
		}
		err := engine.Invoke(ctx, "/"+pulumirpc.ResourceMonitor_ServiceDesc.ServiceName+"/"+method, request, response)
		return response, err
	}
	return grpc.MethodDesc{MethodName: method, Handler: handle}
}
